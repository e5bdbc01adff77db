import { requirePlatformAdmin } from '../../domain/context.ts';
import { addEgressProxies } from '../../domain/egress/index.ts';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { egressProxiesBody, toEgressProxies } from '../../http/egress-api-format.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/admin/egress-pools/:id/proxies */
    POST: async ({ ctx, params, readJson }) => {
      requirePlatformAdmin(ctx);
      const input = toEgressProxies(params['id'] ?? '', await readJson(egressProxiesBody));
      return apiResponse(await addEgressProxies(ctx, input), 201);
    },
  },
  { readable: false },
);
