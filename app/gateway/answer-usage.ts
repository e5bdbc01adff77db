import { getUsageReport, isTimeZone, listModelUsage, type UsageTotals } from '../domain/usage/index.ts';
import { AppError } from '../lib/app-error.ts';
import { toDecimal } from '../lib/money.ts';
import { dayOf } from '../lib/time.ts';
import { parseUsageRange } from '../lib/usage-range.ts';
import type { Call } from './call.ts';
import { keyContext } from './key-context.ts';
import { sendJson } from './send-json.ts';

/**
 * `GET /v1/usage?range|from&to&time_zone`: what the key's organization used; the current month when
 * nothing is asked for.
 */
export async function answerUsage(call: Call): Promise<void> {
  const search = new URLSearchParams(call.query);
  const timeZone = search.get('time_zone') || 'UTC';
  if (!isTimeZone(timeZone)) {
    throw new AppError('invalid_request', `time_zone: "${timeZone}" is no IANA time zone.`, {
      issues: [{ field: 'time_zone', reason: 'invalid_choice' }],
    });
  }
  const now = call.parts.clock.date();
  const today = dayOf(now, timeZone);
  const asked = { range: search.get('range'), from: search.get('from'), to: search.get('to') };
  const isOpen = !asked.range && !asked.from && !asked.to;
  const { from, to } = parseUsageRange(isOpen ? { from: `${today.slice(0, 7)}-01`, to: today } : asked, {
    now,
    timeZone,
  });
  const ctx = keyContext(call);
  const [report, models] = await Promise.all([
    getUsageReport(ctx, { perspective: 'buyer', from, to, timeZone }),
    listModelUsage(ctx, { from, to }),
  ]);
  sendJson(call, {
    object: 'usage',
    from,
    to,
    time_zone: timeZone,
    totals: totalsOf(report.totals),
    by_day: report.days.map(({ day, ...totals }) => ({ day, ...totalsOf(totals) })),
    by_service: report.byService.map(({ serviceId, serviceSlug, serviceName, ...totals }) => ({
      id: serviceId,
      slug: serviceSlug,
      name: serviceName,
      ...totalsOf(totals),
    })),
    by_key: report.byKey.map(({ keyId, keyName, ...totals }) => ({
      id: keyId,
      name: keyName,
      ...totalsOf(totals),
    })),
    by_model: models.map(({ serviceSlug, model, calls, inputTokens, outputTokens, chargeNanos }) => ({
      model: `${serviceSlug}/${model}`,
      calls,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      cost: toDecimal(chargeNanos),
    })),
    /** Totals count calls up to here. */
    fresh_until: report.freshUntil,
  });
}

function totalsOf(totals: UsageTotals) {
  return {
    calls: totals.calls,
    errors: totals.errors,
    input_tokens: totals.inputTokens,
    output_tokens: totals.outputTokens,
    cost: toDecimal(totals.chargeNanos),
    average_ms: totals.averageMs === null ? null : Math.round(totals.averageMs),
  };
}
