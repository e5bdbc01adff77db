import { getOauth } from '../../domain/oauth/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { oauthAnswer } from '../../http/oauth-api-format.ts';

/** GET /api/v1/seller/credentials/:id/oauth */
export const loader = apiLoader(async ({ ctx, params }) =>
  oauthAnswer(await getOauth(ctx, { credentialId: params['id'] ?? '' })),
);

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
