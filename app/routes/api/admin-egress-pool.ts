import { requirePlatformAdmin } from '../../domain/context.ts';
import { deleteEgressPool, renameEgressPool } from '../../domain/egress/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { egressPoolAnswer, egressPoolBody } from '../../http/egress-api-format.ts';

export const loader = apiMethodNotAllowed(['PUT', 'DELETE']);

export const action = apiAction(
  {
    /** PUT /api/v1/admin/egress-pools/:id */
    PUT: async ({ ctx, params, readJson }) => {
      requirePlatformAdmin(ctx);
      const { name = '' } = await readJson(egressPoolBody);
      return egressPoolAnswer(await renameEgressPool(ctx, { poolId: params['id'] ?? '', name }));
    },
    DELETE: async ({ ctx, params }) => {
      requirePlatformAdmin(ctx);
      await deleteEgressPool(ctx, { poolId: params['id'] ?? '' });
    },
  },
  { readable: false },
);
