import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useLoaderData } from '@remix-run/react';
import { PhoneCall } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { CallsTable } from '../../components/buyer/calls-table.tsx';
import { RangePicker } from '../../components/buyer/range-picker.tsx';
import { UsageStats } from '../../components/buyer/usage-stats.tsx';
import { UsageTable } from '../../components/buyer/usage-table.tsx';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { UsageChart } from '../../components/charts/usage-chart.tsx';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Day } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { listSubscriptions } from '../../domain/subscriptions/index.ts';
import { getUsageReport, listCalls } from '../../domain/usage/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { isAppError } from '../../lib/app-error.ts';
import { parseUsageRange, type UsageRange } from '../../lib/usage-range.ts';

export const handle = { i18n: ['buyer'] };

const CALLS_PER_PAGE = 25;

/** A range typed wrong shows the usual one, and says so: the page must not fail for its address. */
function readRange(search: URLSearchParams, about: { now: Date; timeZone: string }): UsageRange | null {
  try {
    return parseUsageRange(
      { range: search.get('range'), from: search.get('from'), to: search.get('to') },
      about,
    );
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const search = new URL(args.request.url).searchParams;
    const about = { now: ctx.clock.date(), timeZone: user.timeZone };
    const wanted = readRange(search, about);
    const range = wanted ?? parseUsageRange({}, about);
    const subscriptions = await listSubscriptions(ctx, { includeCanceled: true });
    const services = [...new Map(subscriptions.map(({ service }) => [service.id, service])).values()];
    const serviceId = services.find(({ id }) => id === search.get('service'))?.id;
    const before = search.get('before')?.slice(0, 64) || undefined;
    const [report, calls] = await Promise.all([
      getUsageReport(ctx, {
        perspective: 'buyer',
        from: range.from,
        to: range.to,
        timeZone: user.timeZone,
        serviceId,
      }),
      listCalls(ctx, { perspective: 'buyer', limit: CALLS_PER_PAGE, before, serviceId }),
    ]);
    return {
      title: t('usage.title'),
      range,
      isRangeValid: wanted !== null,
      services: services.map(({ id, name }) => ({ id, name })),
      serviceId: serviceId ?? null,
      timeZone: user.timeZone,
      report,
      calls,
      isFirstPage: before === undefined,
      olderBefore: calls.length === CALLS_PER_PAGE ? (calls.at(-1)?.requestId ?? null) : null,
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function BuyerUsage() {
  const { t } = useTranslation('buyer');
  const { dateTime } = useFormats();
  const { range, isRangeValid, services, serviceId, timeZone, report } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('usage.title')} description={t('usage.description')} />
      {!isRangeValid && <Alert tone="warning">{t('usage.invalidRange')}</Alert>}
      <RangePicker range={range} services={services} serviceId={serviceId} />
      <p className="text-muted text-sm">
        {t('usage.timeZone', { zone: timeZone })}{' '}
        {report.freshUntil ? t('usage.freshUntil', { time: dateTime(report.freshUntil) }) : t('usage.notYet')}
      </p>
      <UsageStats totals={report.totals} />
      <Report />
      <LatestCalls />
    </>
  );
}

function Report() {
  const { t } = useTranslation('buyer');
  const { day: shortDay } = useFormats();
  const { report } = useLoaderData<typeof loader>();
  const { days, byService, byKey, totals } = report;
  return (
    <>
      <Card>
        <CardHeader title={t('usage.chart')} />
        <CardBody>
          <UsageChart
            title={t('usage.chart')}
            points={days.map(({ day, calls, errors }) => ({ label: shortDay(day), calls, errors }))}
          />
          {totals.calls === 0 && (
            <EmptyState
              title={t('usage.noCalls')}
              action={
                <ButtonLink to="?range=30d" variant="secondary" size="sm">
                  {t('usage.widen')}
                </ButtonLink>
              }
            >
              {t('usage.noCallsText')}
            </EmptyState>
          )}
        </CardBody>
      </Card>
      {totals.calls > 0 && (
        <>
          <Section title={t('usage.perDay')}>
            <Card>
              <UsageTable
                caption={t('usage.perDay')}
                header={t('usage.day')}
                // Newest first, as people read it; days without calls say nothing here.
                rows={days.filter(({ calls }) => calls > 0).reverse()}
                rowKey={(row) => row.day}
                label={(row) => <Day value={row.day} />}
              />
            </Card>
          </Section>
          <Section title={t('usage.perService')}>
            <Card>
              <UsageTable
                caption={t('usage.perService')}
                header={t('usage.service')}
                rows={byService}
                rowKey={(row) => row.serviceId}
                label={(row) => (
                  <Link to={`/services/${row.serviceSlug}`} className="text-link font-medium">
                    {row.serviceName}
                  </Link>
                )}
              />
            </Card>
          </Section>
          <Section title={t('usage.perKey')}>
            <Card>
              <UsageTable
                caption={t('usage.perKey')}
                header={t('request.key')}
                rows={byKey}
                rowKey={(row) => row.keyId}
                label={(row) =>
                  row.keyName === null ? (
                    t('usage.environmentKey')
                  ) : (
                    <Link to={`/buyer/keys/${row.keyId}`} className="text-link font-medium">
                      {row.keyName}
                    </Link>
                  )
                }
              />
            </Card>
          </Section>
        </>
      )}
    </>
  );
}

function LatestCalls() {
  const { t } = useTranslation('buyer');
  const { calls, isFirstPage, olderBefore, range, serviceId } = useLoaderData<typeof loader>();
  const kept = new URLSearchParams(
    range.name === 'custom' ? { from: range.firstDay, to: range.lastDay } : { range: range.name },
  );
  if (serviceId) kept.set('service', serviceId);
  return (
    <Section title={t('usage.latest')} description={t('usage.latestText')}>
      <Card>
        <CallsTable
          caption={t('usage.latest')}
          calls={calls}
          empty={
            <EmptyState icon={PhoneCall} title={t('overview.noCalls')}>
              {t('overview.noCallsText')}
            </EmptyState>
          }
        />
      </Card>
      <div className="mt-4 flex flex-wrap gap-3">
        {!isFirstPage && (
          <ButtonLink to={`?${kept}`} variant="secondary" size="sm" preventScrollReset>
            {t('usage.newest')}
          </ButtonLink>
        )}
        {olderBefore && (
          <ButtonLink to={`?${kept}&before=${olderBefore}`} variant="secondary" size="sm" preventScrollReset>
            {t('usage.older')}
          </ButtonLink>
        )}
      </div>
    </Section>
  );
}
