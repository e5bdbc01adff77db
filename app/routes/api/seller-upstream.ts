import { deleteUpstream, updateUpstream, type UpdateUpstreamInput } from '../../domain/upstreams/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { apiBody, apiField, toUpstreamFields, upstreamAnswer } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['PUT', 'DELETE']);

export const action = apiAction(
  {
    /** Fields that are absent stay as they are; another origin needs its credential. */
    PUT: async ({ ctx, params, readJson }) => {
      const fields = { ...toUpstreamFields(await readJson(apiBody)), upstreamId: params['id'] ?? '' };
      return upstreamAnswer(
        await withWireFields(apiField, () => updateUpstream(ctx, fields as UpdateUpstreamInput)),
      );
    },
    DELETE: async ({ ctx, params }) => {
      await deleteUpstream(ctx, { upstreamId: params['id'] ?? '' });
    },
  },
  { readable: false },
);
