import { getReceipt } from '../../domain/receipts/index.ts';
import { apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { readerLoader } from '../../http/report-access.ts';

/** GET /api/v1/receipts/:requestId: the signed receipt of a call, for its buyer and its seller. */
export const loader = readerLoader(async ({ ctx, args }) =>
  apiResponse(await getReceipt(ctx, { requestId: args.params['requestId'] ?? '' })),
);

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
