import { deleteEndpoint, updateEndpoint } from '../../domain/endpoints/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { apiBody, apiField, endpointAnswer, toEndpointFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['PUT', 'DELETE']);

export const action = apiAction(
  {
    /** Fields that are absent stay as they are. */
    PUT: async ({ ctx, params, readJson }) => {
      const fields = { ...toEndpointFields(await readJson(apiBody)), endpointId: params['id'] ?? '' };
      const changed = await withWireFields(apiField, () => updateEndpoint(ctx, fields));
      return endpointAnswer(changed, ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl);
    },
    DELETE: async ({ ctx, params }) => {
      await deleteEndpoint(ctx, { endpointId: params['id'] ?? '' });
    },
  },
  { readable: false },
);
