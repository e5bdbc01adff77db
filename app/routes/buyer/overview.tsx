import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useLoaderData } from '@remix-run/react';
import { PhoneCall, Receipt } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ReachedBudgets } from '../../components/budgets/reached-budgets.tsx';
import { SpendingForecast } from '../../components/budgets/spending-forecast.tsx';
import { CallsTable } from '../../components/buyer/calls-table.tsx';
import { FirstSteps } from '../../components/buyer/first-steps.tsx';
import { PlanPrice } from '../../components/pricing/plan-price.tsx';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Money, Ms, Num } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table, type Column } from '../../components/ui/table.tsx';
import { forecastSpending, listBudgets } from '../../domain/budgets/index.ts';
import type { Context } from '../../domain/context.ts';
import { listKeys } from '../../domain/keys/index.ts';
import { getPublishedService } from '../../domain/services/index.ts';
import { listSubscriptions, type SubscriptionView } from '../../domain/subscriptions/index.ts';
import { getUsageReport, listCalls } from '../../domain/usage/index.ts';
import { getWallet } from '../../domain/wallets/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { curlSample } from '../../lib/call-sample.ts';
import { parseUsageRange } from '../../lib/usage-range.ts';

export const handle = { i18n: ['buyer', 'budgets'] };

const RECENT_CALLS = 10;
const SHOWN_SUBSCRIPTIONS = 5;

async function findCurl(ctx: Context, subscription: SubscriptionView | undefined): Promise<string | null> {
  if (!subscription) return null;
  const service = await getPublishedService(ctx, subscription.service.id);
  return curlSample(ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl, service);
}

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const { timeZone } = user;
    const { from, to } = parseUsageRange({}, { now: ctx.clock.date(), timeZone });
    const [report, wallet, subscriptions, calls, keys, budgets, forecast] = await Promise.all([
      getUsageReport(ctx, { perspective: 'buyer', from, to, timeZone }),
      getWallet(ctx),
      listSubscriptions(ctx),
      listCalls(ctx, { perspective: 'buyer', limit: RECENT_CALLS }),
      listKeys(ctx),
      listBudgets(ctx),
      forecastSpending(ctx),
    ]);
    const active = subscriptions.filter(({ status }) => status === 'active');
    const isNew = calls.length === 0;
    return {
      title: t('overview.title'),
      totals: report.totals,
      wallet,
      subscriptions: subscriptions.slice(0, SHOWN_SUBSCRIPTIONS),
      activeSubscriptions: active.length,
      calls,
      budgets,
      forecast,
      steps: isNew
        ? {
            hasSubscription: active.length > 0,
            hasKey: keys.some(({ state }) => state === 'active'),
            curl: await findCurl(ctx, active[0]),
          }
        : null,
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function BuyerOverview() {
  const { t } = useTranslation('buyer');
  const { steps, calls, subscriptions, budgets, forecast } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('overview.title')} description={t('overview.description')} />
      <ReachedBudgets budgets={budgets} />
      {steps && <FirstSteps {...steps} />}
      <Numbers />
      <SpendingForecast forecast={forecast} />
      <Section
        title={t('overview.activeSubscriptions')}
        actions={
          subscriptions.length > 0 && (
            <ButtonLink to="/buyer/subscriptions" variant="ghost" size="sm">
              {t('overview.allSubscriptions')}
            </ButtonLink>
          )
        }
      >
        <Card>
          <Subscriptions rows={subscriptions} />
        </Card>
      </Section>
      <Section
        title={t('overview.recentCalls')}
        actions={
          calls.length > 0 && (
            <ButtonLink to="/buyer/usage" variant="ghost" size="sm">
              {t('overview.allUsage')}
            </ButtonLink>
          )
        }
      >
        <Card>
          <CallsTable
            caption={t('overview.recentCalls')}
            calls={calls}
            empty={
              <EmptyState icon={PhoneCall} title={t('overview.noCalls')}>
                {t('overview.noCallsText')}
              </EmptyState>
            }
          />
        </Card>
      </Section>
    </>
  );
}

function Numbers() {
  const { t } = useTranslation('buyer');
  const { totals, wallet, activeSubscriptions } = useLoaderData<typeof loader>();
  const { money, percent } = useFormats();
  const last30Days = t('overview.last30Days');
  return (
    <StatGrid>
      <Stat
        label={t('overview.wallet')}
        value={<Money nanos={wallet.availableNanos} currency={wallet.currency} />}
        hint={wallet.heldNanos > 0n && t('overview.walletHeld', { amount: money(wallet.heldNanos) })}
        to="/buyer/wallet"
      />
      <Stat
        label={t('overview.cost')}
        value={<Money nanos={totals.chargeNanos} />}
        hint={last30Days}
        to="/buyer/usage"
      />
      <Stat
        label={t('overview.calls')}
        value={<Num value={totals.calls} />}
        hint={last30Days}
        to="/buyer/usage"
      />
      <Stat
        label={t('overview.errors')}
        value={<Num value={totals.errors} />}
        hint={
          totals.calls > 0
            ? t('overview.errorsHint', { share: percent(totals.errors / totals.calls) })
            : last30Days
        }
        to="/buyer/usage"
      />
      <Stat
        label={t('overview.averageLatency')}
        value={totals.averageMs === null ? t('usage.none') : <Ms value={totals.averageMs} />}
        hint={last30Days}
      />
      <Stat
        label={t('overview.activeSubscriptions')}
        value={<Num value={activeSubscriptions} />}
        to="/buyer/subscriptions"
      />
    </StatGrid>
  );
}

function Subscriptions({ rows }: { rows: SubscriptionView[] }) {
  const { t } = useTranslation('buyer');
  const columns: Column<SubscriptionView>[] = [
    {
      key: 'service',
      header: t('subscriptions.service'),
      render: ({ service }) => (
        <Link to={`/services/${service.slug}`} className="text-link inline-block min-w-24 font-medium">
          {service.name}
        </Link>
      ),
    },
    { key: 'plan', header: t('subscriptions.plan'), render: ({ plan }) => plan.name },
    { key: 'price', header: t('subscribe.price'), render: ({ plan }) => <PlanPrice plan={plan} /> },
    {
      key: 'status',
      header: t('subscriptions.status'),
      align: 'end',
      render: ({ status }) => <StatusBadge noun="subscription" status={status} />,
    },
  ];
  return (
    <Table
      caption={t('overview.activeSubscriptions')}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      empty={
        <EmptyState
          icon={Receipt}
          title={t('overview.noSubscriptions')}
          action={<ButtonLink to="/">{t('overview.browse')}</ButtonLink>}
        >
          {t('overview.noSubscriptionsText')}
        </EmptyState>
      }
    />
  );
}
