import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { keyAnswer } from '../../http/buyer-api-format.ts';
import { revokeKey } from '../../domain/keys/index.ts';

export const loader = apiMethodNotAllowed(['DELETE']);

export const action = apiAction(
  {
    /** DELETE /api/v1/buyer/keys/:id revokes it; it stays in the list. */
    DELETE: async ({ ctx, params }) => keyAnswer(await revokeKey(ctx, { keyId: params['id'] ?? '' })),
  },
  { readable: false },
);
