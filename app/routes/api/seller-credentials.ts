import {
  addCredential,
  addCredentials,
  clearCredentials,
  listCredentials,
} from '../../domain/credentials/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import {
  apiBody,
  credentialAnswer,
  credentialField,
  toNewCredentials,
} from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

/** GET /api/v1/seller/upstreams/:id/credentials */
export const loader = apiLoader(async ({ ctx, params }) => {
  const pool = await listCredentials(ctx, { upstreamId: params['id'] ?? '' });
  return { data: pool.map(credentialAnswer) };
});

export const action = apiAction({
  /** One with `secret`; with `secrets` many, and the answer says which lines were left out. */
  POST: async ({ ctx, params, readJson }) => {
    const input = toNewCredentials(params['id'] ?? '', await readJson(apiBody));
    const answer = await withWireFields(credentialField, async () =>
      'one' in input
        ? credentialAnswer(await addCredential(ctx, input.one))
        : addCredentials(ctx, input.many),
    );
    return apiResponse(answer, 201);
  },
  /** Empties the pool. */
  DELETE: async ({ ctx, params }) => ({
    deleted: await clearCredentials(ctx, { upstreamId: params['id'] ?? '' }),
  }),
});
