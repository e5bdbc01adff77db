import { requirePlatformAdmin } from '../../domain/context.ts';
import { checkEgressProxy } from '../../domain/egress/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { egressCheckAnswer, egressCheckBody } from '../../http/egress-api-format.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/admin/egress-proxies/:id/check */
    POST: async ({ ctx, params, readJson }) => {
      requirePlatformAdmin(ctx);
      const { url } = await readJson(egressCheckBody);
      return egressCheckAnswer(await checkEgressProxy(ctx, { proxyId: params['id'] ?? '', url }));
    },
  },
  { readable: false },
);
