import { refreshOauth } from '../../domain/oauth/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { oauthAnswer } from '../../http/oauth-api-format.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/seller/credentials/:id/oauth/refresh */
    POST: async ({ ctx, params }) =>
      oauthAnswer(await refreshOauth(ctx, { credentialId: params['id'] ?? '' })),
  },
  { readable: false },
);
