import { listRefunds } from '../../domain/refunds/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { refundAnswer } from '../../http/payouts-api-format.ts';

/** GET /api/v1/buyer/refunds: newest first; `before` is the id of a refund. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const before = url.searchParams.get('before') ?? undefined;
  const refunds = await listRefunds(ctx, { perspective: 'buyer', before });
  return { data: refunds.map((refund) => refundAnswer(refund, false)) };
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
