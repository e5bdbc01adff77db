import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { decideDisputeBody, disputeAnswer, withDisputeFields } from '../../http/dispute-api-format.ts';
import { decideDispute, type DecideDisputeInput } from '../../domain/disputes/index.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/admin/disputes/:id/decision */
    POST: async ({ ctx, params, readJson }) => {
      const { request_ids: requestIds, ...body } = await readJson(decideDisputeBody);
      const input = { disputeId: params['id'] ?? '', requestIds, ...body } as DecideDisputeInput;
      return disputeAnswer(await withDisputeFields(() => decideDispute(ctx, input)));
    },
  },
  { readable: false },
);
