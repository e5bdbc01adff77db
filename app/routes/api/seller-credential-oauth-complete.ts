import { completeOauth } from '../../domain/oauth/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { completeOauthBody, oauthAnswer } from '../../http/oauth-api-format.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/seller/credentials/:id/oauth/complete */
    POST: async ({ ctx, params, readJson }) => {
      const { code = '', state } = await readJson(completeOauthBody);
      return oauthAnswer(await completeOauth(ctx, { credentialId: params['id'] ?? '', code, state }));
    },
  },
  { readable: false },
);
