import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { refundColumns } from '../../components/refund-columns.tsx';
import { earningsColumns } from '../../components/seller/earnings-columns.tsx';
import { EarningsChart } from '../../components/seller/earnings-chart.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { FilterLinks } from '../../components/ui/filter-links.tsx';
import { DateTime, Day, Money, Percent } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { Table } from '../../components/ui/table.tsx';
import { getEarnings, listPendingReleases } from '../../domain/earnings/index.ts';
import { listRefunds } from '../../domain/refunds/index.ts';
import { requireSeller } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { lastDays } from '../../lib/time.ts';

export const handle = { i18n: ['seller', 'payouts'] };

const RANGES = [7, 30, 90] as const;

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, user } = await requireSeller(args);
    const t = await getTranslation(args, 'seller');
    const wanted = Number(new URL(args.request.url).searchParams.get('days'));
    const days = RANGES.find((range) => range === wanted) ?? 30;
    const range = { ...lastDays(days, ctx.clock.date(), user.timeZone), timeZone: user.timeZone };
    const [earnings, releases, refunds] = await Promise.all([
      getEarnings(ctx, range),
      listPendingReleases(ctx, { timeZone: user.timeZone }),
      listRefunds(ctx, { perspective: 'seller', limit: 20 }),
    ]);
    return { title: t('earnings.title'), days, timeZone: user.timeZone, earnings, releases, refunds };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function SellerEarnings() {
  const { t } = useTranslation('seller');
  const { t: tp } = useTranslation('payouts');
  const { earnings, days, timeZone } = useLoaderData<typeof loader>();
  const { currency, totals, subscriptionFees } = earnings;
  const period = t('earnings.lastDays', { count: days });
  return (
    <>
      <PageHeader
        title={t('earnings.title')}
        description={t('earnings.description')}
        actions={
          <>
            <ButtonLink to="/seller/statement" variant="secondary">
              {tp('statement.title')}
            </ButtonLink>
            <ButtonLink to="/seller/payouts" variant="secondary">
              {tp('seller.title')}
            </ButtonLink>
          </>
        }
      />
      <StatGrid>
        <Stat
          label={tp('seller.pending')}
          value={<Money nanos={earnings.pendingNanos} currency={currency} />}
          hint={tp('earnings.pendingHint')}
        />
        <Stat
          label={tp('seller.available')}
          value={<Money nanos={earnings.availableNanos} currency={currency} />}
          hint={earnings.availableNanos < 0n ? tp('seller.negativeHint') : tp('seller.availableHint')}
        />
        <Stat
          label={tp('seller.inTransit')}
          value={<Money nanos={earnings.inTransitNanos} currency={currency} />}
          hint={tp('seller.inTransitHint')}
        />
      </StatGrid>
      <Releases />
      <FilterLinks
        label={t('earnings.range')}
        items={RANGES.map((range) => ({
          key: `${range}`,
          to: `?days=${range}`,
          label: t('earnings.lastDays', { count: range }),
          isChosen: range === days,
        }))}
      />
      <StatGrid>
        <Stat
          label={t('earnings.net')}
          value={<Money nanos={totals.netNanos} currency={currency} />}
          hint={period}
        />
        <Stat
          label={t('earnings.gross')}
          value={<Money nanos={totals.grossNanos} currency={currency} />}
          hint={period}
        />
        <Stat
          label={t('earnings.fee')}
          value={<Money nanos={totals.feeNanos} currency={currency} />}
          hint={
            <>
              {t('earnings.feeRate')} <Percent value={earnings.feeBasisPoints / 10_000} />
            </>
          }
        />
      </StatGrid>
      <Card>
        <CardHeader title={t('earnings.perDay')} description={t('earnings.inZone', { timeZone })} />
        <CardBody>
          <EarningsChart days={earnings.days} currency={currency} />
        </CardBody>
      </Card>
      <Section
        title={t('earnings.perService')}
        description={
          earnings.freshUntil && (
            <>
              {t('overview.freshUntil')} <DateTime value={earnings.freshUntil} />
            </>
          )
        }
      >
        <Card>
          <Table
            caption={t('earnings.caption')}
            rows={earnings.byService}
            rowKey={(row) => row.serviceId}
            columns={[
              {
                key: 'service',
                header: t('services.name'),
                render: (row) => (
                  <Link className="text-link font-medium" to={`/seller/services/${row.serviceId}`}>
                    {row.serviceName}
                  </Link>
                ),
              },
              ...earningsColumns(t, currency),
            ]}
            empty={<EmptyState title={t('earnings.emptyTitle')}>{t('earnings.emptyText')}</EmptyState>}
          />
        </Card>
        {subscriptionFees.grossNanos > 0n && (
          <p className="text-muted mt-3 text-sm">
            {t('earnings.subscriptionFees')} <Money nanos={subscriptionFees.netNanos} currency={currency} />
          </p>
        )}
      </Section>
      <Refunds />
    </>
  );
}

function Releases() {
  const { t } = useTranslation('payouts');
  const { releases, earnings } = useLoaderData<typeof loader>();
  if (releases.length === 0) return null;
  return (
    <Section title={t('earnings.releases')} description={t('earnings.releasesHint')}>
      <Card>
        <Table
          caption={t('earnings.releases')}
          rows={releases}
          rowKey={(row) => row.day}
          columns={[
            { key: 'day', header: t('earnings.releaseDay'), render: (row) => <Day value={row.day} /> },
            {
              key: 'amountNanos',
              header: t('statement.amount'),
              align: 'end',
              render: (row) => <Money nanos={row.amountNanos} currency={earnings.currency} />,
            },
          ]}
        />
      </Card>
    </Section>
  );
}

function Refunds() {
  const { t } = useTranslation('payouts');
  const { refunds } = useLoaderData<typeof loader>();
  if (refunds.length === 0) return null;
  return (
    <Section title={t('refunds.title')} description={t('refunds.sellerHint')}>
      <Card>
        <Table
          caption={t('refunds.title')}
          rows={refunds}
          rowKey={(row) => row.id}
          columns={refundColumns(t)}
        />
      </Card>
    </Section>
  );
}
