import { createEndpoint, listEndpoints } from '../../domain/endpoints/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { apiBody, apiField, endpointAnswer, toEndpointFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /api/v1/seller/endpoints */
export const loader = apiLoader(async ({ ctx }) => {
  const own = await listEndpoints(ctx);
  const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
  return { data: own.map((endpoint) => endpointAnswer(endpoint, origin)) };
});

export const action = apiAction({
  POST: async ({ ctx, readJson }) => {
    const fields = toEndpointFields(await readJson(apiBody));
    const created = await withWireFields(apiField, () => createEndpoint(ctx, fields));
    return apiResponse(endpointAnswer(created, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl), 201);
  },
});
