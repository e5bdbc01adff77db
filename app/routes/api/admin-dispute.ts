import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { disputeAnswer } from '../../http/dispute-api-format.ts';
import { getDispute } from '../../domain/disputes/index.ts';

/** GET /api/v1/admin/disputes/:id */
export const loader = apiLoader(async ({ ctx, params }) =>
  disputeAnswer(await getDispute(ctx, { perspective: 'admin', disputeId: params['id'] ?? '' })),
);

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
