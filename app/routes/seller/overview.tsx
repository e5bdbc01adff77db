import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { UsageChart } from '../../components/charts/usage-chart.tsx';
import { NoServices, ServicesTable } from '../../components/seller/services-table.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { DateTime, Money, Ms, Num, Percent } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { getEarnings } from '../../domain/earnings/index.ts';
import { listOwnServices } from '../../domain/services/index.ts';
import { getUsageReport } from '../../domain/usage/index.ts';
import { requireSeller } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { lastDays } from '../../lib/time.ts';

export const handle = { i18n: ['seller'] };

const DAYS = 30;

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, user } = await requireSeller(args);
    const t = await getTranslation(args, 'seller');
    const range = { ...lastDays(DAYS, ctx.clock.date(), user.timeZone), timeZone: user.timeZone };
    const [services, usage, earnings] = await Promise.all([
      listOwnServices(ctx),
      getUsageReport(ctx, { perspective: 'seller', ...range }),
      getEarnings(ctx, range),
    ]);
    return { title: t('overview.title'), services, usage, earnings };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function SellerOverview() {
  const { t } = useTranslation('seller');
  const { services, usage, earnings } = useLoaderData<typeof loader>();
  const { totals } = usage;
  const isNew = services.total === 0 && totals.calls === 0;
  return (
    <>
      <PageHeader
        title={t('overview.title')}
        description={t('overview.description')}
        actions={!isNew && <ButtonLink to="/seller/services/new">{t('services.new')}</ButtonLink>}
      />
      {isNew ? (
        <Card>
          <NoServices />
        </Card>
      ) : (
        <>
          <StatGrid>
            <Stat
              label={t('overview.earned')}
              value={<Money nanos={earnings.totals.netNanos} currency={earnings.currency} />}
              hint={t('overview.last30Days')}
              to="/seller/earnings"
            />
            <Stat
              label={t('overview.pending')}
              value={<Money nanos={earnings.pendingNanos} currency={earnings.currency} />}
              hint={t('overview.pendingHint')}
              to="/seller/earnings"
            />
            <Stat
              label={t('overview.calls')}
              value={<Num value={totals.calls} />}
              hint={t('overview.last30Days')}
            />
            <Stat
              label={t('overview.errors')}
              value={<Num value={totals.errors} />}
              hint={totals.calls > 0 && <Percent value={totals.errors / totals.calls} />}
            />
            <Stat
              label={t('overview.p95')}
              value={totals.p95Ms === null ? '–' : <Ms value={totals.p95Ms} />}
              hint={t('overview.last30Days')}
            />
          </StatGrid>
          <Card>
            <CardHeader
              title={t('overview.callsPerDay')}
              description={
                usage.freshUntil && (
                  <>
                    {t('overview.freshUntil')} <DateTime value={usage.freshUntil} />
                  </>
                )
              }
            />
            <CardBody>
              <UsageChart
                title={t('overview.callsPerDay')}
                points={usage.days.map(({ day, calls, errors }) => ({ label: day, calls, errors }))}
              />
            </CardBody>
          </Card>
          <Section title={t('services.title')}>
            <Card>
              <ServicesTable services={services.items} />
            </Card>
          </Section>
        </>
      )}
    </>
  );
}
