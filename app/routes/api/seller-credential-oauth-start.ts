import { startOauth } from '../../domain/oauth/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { startOauthBody, startedOauthAnswer, toStartOauth } from '../../http/oauth-api-format.ts';
import { apiField } from '../../http/selling-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/seller/credentials/:id/oauth/start */
    POST: async ({ ctx, params, readJson }) => {
      const input = toStartOauth(params['id'] ?? '', await readJson(startOauthBody));
      return startedOauthAnswer(await withWireFields(apiField, () => startOauth(ctx, input)));
    },
  },
  { readable: false },
);
