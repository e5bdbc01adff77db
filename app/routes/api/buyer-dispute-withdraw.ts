import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { disputeAnswer } from '../../http/dispute-api-format.ts';
import { withdrawDispute } from '../../domain/disputes/index.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/buyer/disputes/:id/withdraw */
    POST: async ({ ctx, params }) =>
      disputeAnswer(await withdrawDispute(ctx, { disputeId: params['id'] ?? '' })),
  },
  { readable: false },
);
