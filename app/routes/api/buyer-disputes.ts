import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import {
  disputeAnswer,
  listDisputesFor,
  openDisputeBody,
  toOpenDispute,
  withDisputeFields,
} from '../../http/dispute-api-format.ts';
import { openDispute } from '../../domain/disputes/index.ts';

/** GET /api/v1/buyer/disputes?status&page */
export const loader = apiLoader(listDisputesFor('buyer'));

export const action = apiAction({
  /** POST /api/v1/buyer/disputes */
  POST: async ({ ctx, readJson }) => {
    const body = await readJson(openDisputeBody);
    const dispute = await withDisputeFields(() => openDispute(ctx, toOpenDispute(body)));
    return apiResponse(disputeAnswer(dispute), 201, { location: `/api/v1/buyer/disputes/${dispute.id}` });
  },
});
