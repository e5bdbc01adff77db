import { apiLoader, apiMethodNotAllowed, type ApiCall } from '../../http/api.ts';
import { usageAnswer } from '../../http/buyer-api-format.ts';
import { listSubscriptions } from '../../domain/subscriptions/index.ts';
import { getUsageReport, isTimeZone } from '../../domain/usage/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseUsageRange } from '../../lib/usage-range.ts';

function readTimeZone({ url }: ApiCall): string {
  const timeZone = url.searchParams.get('time_zone') || 'UTC';
  if (isTimeZone(timeZone)) return timeZone;
  throw new AppError('invalid_request', `time_zone: "${timeZone}" is no IANA time zone.`, {
    issues: [{ field: 'time_zone', reason: 'invalid_choice' }],
  });
}

/** A service the organization is or was subscribed to, by slug or id. */
async function readServiceId({ ctx, url }: ApiCall): Promise<string | undefined> {
  const wanted = url.searchParams.get('service');
  if (!wanted) return undefined;
  const subscriptions = await listSubscriptions(ctx, { includeCanceled: true });
  const found = subscriptions.find(({ service }) => service.id === wanted || service.slug === wanted);
  if (!found) throw new AppError('not_found', 'You have no subscription to such a service.');
  return found.service.id;
}

/** GET /api/v1/buyer/usage?from&to&time_zone&service: totals, days and services of a range. */
export const loader = apiLoader(async (call) => {
  const { ctx, url } = call;
  const timeZone = readTimeZone(call);
  const { from, to } = parseUsageRange(
    {
      range: url.searchParams.get('range'),
      from: url.searchParams.get('from'),
      to: url.searchParams.get('to'),
    },
    { now: ctx.clock.date(), timeZone },
  );
  const serviceId = await readServiceId(call);
  const report = await getUsageReport(ctx, { perspective: 'buyer', from, to, timeZone, serviceId });
  return usageAnswer(report, { from, to, timeZone });
});

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
