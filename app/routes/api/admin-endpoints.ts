import { createEndpoint, listEndpoints } from '../../domain/endpoints/index.ts';
import { requirePlatformAdmin } from '../../domain/context.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { apiBody, apiField, endpointAnswer, toEndpointFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /admin/endpoints: the custom paths of everybody. */
export const loader = apiLoader(async ({ ctx }) => {
  requirePlatformAdmin(ctx);
  const all = await listEndpoints(ctx, { everybody: true });
  const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
  return { data: all.map((endpoint) => endpointAnswer(endpoint, origin)) };
});

export const action = apiAction({
  /** Any service may be bound. */
  POST: async ({ ctx, readJson }) => {
    requirePlatformAdmin(ctx);
    const fields = toEndpointFields(await readJson(apiBody));
    const created = await withWireFields(apiField, () => createEndpoint(ctx, fields));
    return apiResponse(endpointAnswer(created, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl), 201);
  },
});
