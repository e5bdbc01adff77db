import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { getEarnings, type EarningsSums } from '../../domain/earnings/index.ts';
import { isTimeZone } from '../../domain/usage/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { toDecimal } from '../../lib/money.ts';
import { lastDays } from '../../lib/time.ts';

const sums = ({ grossNanos, feeNanos, netNanos }: EarningsSums) => ({
  gross: toDecimal(grossNanos),
  fee: toDecimal(feeNanos),
  net: toDecimal(netNanos),
});

/** GET /api/v1/seller/earnings?days=30&time_zone=UTC: up to and including today. */
export const loader = apiLoader(async ({ ctx, url }) => {
  const days = Number(url.searchParams.get('days') ?? 30);
  const timeZone = url.searchParams.get('time_zone') ?? 'UTC';
  const issues = [
    ...(Number.isInteger(days) && days >= 1 && days <= 366 ? [] : [{ field: 'days', reason: 'invalid' }]),
    ...(isTimeZone(timeZone) ? [] : [{ field: 'time_zone', reason: 'invalid_choice' }]),
  ];
  if (issues.length > 0) {
    throw new AppError('invalid_request', 'days is 1 to 366, time_zone an IANA name.', { issues });
  }
  const range = lastDays(days, ctx.clock.date(), timeZone);
  const earnings = await getEarnings(ctx, { ...range, timeZone });
  return {
    currency: earnings.currency,
    pending: toDecimal(earnings.pendingNanos),
    fee_basis_points: earnings.feeBasisPoints,
    from: range.from,
    to: range.to,
    time_zone: timeZone,
    totals: sums(earnings.totals),
    subscription_fees: sums(earnings.subscriptionFees),
    series: earnings.days.map(({ day, calls, errors, ...amounts }) => ({
      day,
      calls,
      errors,
      ...sums(amounts),
    })),
    by_api: earnings.byService.map((service) => ({
      id: service.serviceId,
      slug: service.serviceSlug,
      name: service.serviceName,
      calls: service.calls,
      ...sums(service),
    })),
    fresh_until: earnings.freshUntil,
  };
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
