import { getStatistics } from '../../domain/reports/index.ts';
import { apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { readerLoader } from '../../http/report-access.ts';
import { readReportRequest } from '../../http/report-query.ts';
import { AppError } from '../../lib/app-error.ts';
import { toDecimal } from '../../lib/money.ts';

const round = (value: number | null) => (value === null ? null : Math.round(value));

/** GET /api/v1/admin/stats (and /admin/stats): the platform in numbers; the last 24 hours when nothing is asked for. */
export const loader = readerLoader(async ({ ctx, timeZone, url }) => {
  const { actor } = ctx;
  if (actor.type === 'key') throw new AppError('forbidden', 'Only platform administrators may do this.');
  const search = new URLSearchParams(url.searchParams);
  if (!search.has('range') && !search.has('from') && !search.has('to')) search.set('range', '24h');
  const { input } = readReportRequest(search, { now: ctx.clock.date(), timeZone });
  const { from, to } = input;
  const { counts, usage, successShare, money, services, models } = await getStatistics(
    { ...ctx, actor },
    { from, to, timeZone: input.timeZone },
  );
  return apiResponse({
    from,
    to,
    time_zone: input.timeZone,
    counts: {
      users: counts.users,
      organizations: counts.organizations,
      published_services: counts.publishedServices,
      active_subscriptions: counts.activeSubscriptions,
      active_keys: counts.activeKeys,
      open_disputes: counts.openDisputes,
      jobs_waiting: counts.jobsWaiting,
      jobs_failed: counts.jobsFailed,
    },
    usage: {
      calls: usage.calls,
      errors: usage.errors,
      success_share: successShare,
      average_ms: round(usage.averageMs),
      p50_ms: round(usage.p50Ms),
      p95_ms: round(usage.p95Ms),
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cached_input_tokens: usage.cachedInputTokens,
      reasoning_tokens: usage.reasoningTokens,
    },
    money: {
      charged: toDecimal(money.chargedNanos),
      refunded: toDecimal(money.refundedNanos),
      subscription_fees: toDecimal(money.subscriptionNanos),
      platform_fee: toDecimal(money.feeNanos),
    },
    services: services.map(({ group, calls, errors, chargeNanos, p95Ms }) => ({
      ...group,
      calls,
      errors,
      charged: toDecimal(chargeNanos),
      p95_ms: round(p95Ms),
    })),
    models: models.map(({ group, calls, inputTokens, outputTokens, chargeNanos }) => ({
      ...group,
      calls,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      charged: toDecimal(chargeNanos),
    })),
  });
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
