import { reconcileMonth } from '../../domain/invoices/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { reconciledMonthAnswer } from '../../http/invoice-api-format.ts';
import { toDecimal } from '../../lib/money.ts';

/** GET /api/v1/admin/reconciliation?month=2026-10: usage events, ledger, invoices and Stripe side by side. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const month = url.searchParams.get('month') ?? '';
  const { months, differenceNanos, askedStripe } = await reconcileMonth(ctx, { month });
  return {
    month,
    difference: toDecimal(differenceNanos),
    complete: askedStripe,
    data: months.map(reconciledMonthAnswer),
  };
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
