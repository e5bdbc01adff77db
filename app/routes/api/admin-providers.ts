import { createProvider, listProviders, type CreateProviderInput } from '../../domain/providers/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { apiBody, apiField, providerAnswer, toProviderFields } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /admin/providers: the platform's own LLM upstreams. */
export const loader = apiLoader(async ({ ctx }) => {
  const providers = await listProviders(ctx);
  return { data: providers.map(providerAnswer) };
});

export const action = apiAction({
  POST: async ({ ctx, readJson }) => {
    const fields = toProviderFields(await readJson(apiBody)) as unknown as CreateProviderInput;
    const created = await withWireFields(apiField, () => createProvider(ctx, fields));
    return apiResponse(providerAnswer(created), 201);
  },
});
