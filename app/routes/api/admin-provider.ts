import { deleteProvider, updateProvider, type UpdateProviderInput } from '../../domain/providers/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { apiBody, apiField, providerAnswer, toProviderFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['PUT', 'DELETE']);

export const action = apiAction(
  {
    /** Fields that are absent stay as they are. */
    PUT: async ({ ctx, params, readJson }) => {
      const fields = { ...toProviderFields(await readJson(apiBody)), providerId: params['id'] ?? '' };
      return providerAnswer(
        await withWireFields(apiField, () => updateProvider(ctx, fields as UpdateProviderInput)),
      );
    },
    DELETE: async ({ ctx, params }) => {
      const { outcome } = await deleteProvider(ctx, { providerId: params['id'] ?? '' });
      return { id: params['id'], status: outcome };
    },
  },
  { readable: false },
);
