import { getSellerStatement } from '../../domain/earnings/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { statementAnswer } from '../../http/payouts-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { dayOf } from '../../lib/time.ts';

const WIRE_FIELDS = { timeZone: 'time_zone' };

/** GET /api/v1/seller/statement?month=2026-11&time_zone=UTC: what the platform owes, month by month. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const timeZone = url.searchParams.get('time_zone') ?? 'UTC';
  const month = url.searchParams.get('month') ?? dayOf(ctx.clock.date(), 'UTC').slice(0, 7);
  return statementAnswer(
    await withWireFields(
      (field) => WIRE_FIELDS[field as keyof typeof WIRE_FIELDS] ?? field,
      () => getSellerStatement(ctx, { month, timeZone }),
    ),
  );
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
