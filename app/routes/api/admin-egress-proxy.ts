import { requirePlatformAdmin } from '../../domain/context.ts';
import { deleteEgressProxy, updateEgressProxy } from '../../domain/egress/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { egressProxyAnswer, egressProxyBody, toEgressProxyChanges } from '../../http/egress-api-format.ts';

export const loader = apiMethodNotAllowed(['PUT', 'DELETE']);

export const action = apiAction(
  {
    /** PUT /api/v1/admin/egress-proxies/:id. Fields that are absent stay as they are. */
    PUT: async ({ ctx, params, readJson }) => {
      requirePlatformAdmin(ctx);
      const changes = toEgressProxyChanges(params['id'] ?? '', await readJson(egressProxyBody));
      return egressProxyAnswer(await updateEgressProxy(ctx, changes));
    },
    DELETE: async ({ ctx, params }) => {
      requirePlatformAdmin(ctx);
      await deleteEgressProxy(ctx, { proxyId: params['id'] ?? '' });
    },
  },
  { readable: false },
);
