import { resetCredential } from '../../domain/credentials/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { credentialAnswer } from '../../http/selling-api-format.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/seller/credentials/:id/reset */
    POST: async ({ ctx, params }) =>
      credentialAnswer(await resetCredential(ctx, { credentialId: params['id'] ?? '' })),
  },
  { readable: false },
);
