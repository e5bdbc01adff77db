import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { answerDisputeBody, disputeAnswer } from '../../http/dispute-api-format.ts';
import { answerDispute, type AnswerDisputeInput } from '../../domain/disputes/index.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/seller/disputes/:id/answer */
    POST: async ({ ctx, params, readJson }) => {
      const body = await readJson(answerDisputeBody);
      const input = { disputeId: params['id'] ?? '', ...body } as AnswerDisputeInput;
      return disputeAnswer(await answerDispute(ctx, input));
    },
  },
  { readable: false },
);
