import { requirePlatformAdmin } from '../../domain/context.ts';
import { createEgressPool, listEgressPools } from '../../domain/egress/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { egressPoolAnswer, egressPoolBody } from '../../http/egress-api-format.ts';

/** GET /api/v1/admin/egress-pools */
export const loader = apiLoader(async ({ ctx }) => {
  requirePlatformAdmin(ctx);
  const pools = await listEgressPools(ctx);
  return { data: pools.map(egressPoolAnswer) };
});

export const action = apiAction({
  POST: async ({ ctx, readJson }) => {
    requirePlatformAdmin(ctx);
    const { name = '' } = await readJson(egressPoolBody);
    return apiResponse(egressPoolAnswer(await createEgressPool(ctx, { name })), 201);
  },
});
