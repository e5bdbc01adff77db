import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { UsageChart } from '../../components/charts/usage-chart.tsx';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { DateTime, Money, Num } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { Table } from '../../components/ui/table.tsx';
import { getPlatformOverview } from '../../domain/platform/index.ts';
import { countRefusedUsage } from '../../http/refused-usage.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['admin'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user } = await requireAdmin(args);
  const t = await getTranslation(args, 'admin');
  const [overview, refusedUsage] = await Promise.all([
    getPlatformOverview(ctx, { timeZone: user.timeZone }),
    countRefusedUsage(args.context.platform),
  ]);
  return { title: t('overview.title'), overview, refusedUsage };
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminOverview() {
  const { t } = useTranslation('admin');
  const { overview, refusedUsage } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('overview.title')} description={t('overview.description')} />
      {overview.deadJobs > 0 && (
        <Alert tone="danger" title={t('overview.deadJobsTitle', { count: overview.deadJobs })}>
          {t('overview.deadJobsText')}
        </Alert>
      )}
      {refusedUsage > 0 && (
        <Alert tone="danger" title={t('overview.refusedUsageTitle', { count: refusedUsage })}>
          {t('overview.refusedUsageText')}
        </Alert>
      )}
      <StatGrid>
        <Stat
          label={t('overview.calls')}
          value={<Num value={overview.calls} />}
          hint={t('overview.last30Days')}
        />
        <Stat
          label={t('overview.errors')}
          value={<Num value={overview.errors} />}
          hint={t('overview.last30Days')}
        />
        <Stat
          label={t('overview.volume')}
          value={<Money nanos={overview.chargeNanos} />}
          hint={t('overview.last30Days')}
        />
        <Stat
          label={t('overview.fees')}
          value={<Money nanos={overview.feeNanos} />}
          hint={t('overview.last30Days')}
        />
        <Stat
          label={t('overview.wallets')}
          value={<Money nanos={overview.walletNanos} />}
          hint={t('overview.walletsHint')}
        />
        <Stat label={t('overview.owedToSellers')} value={<Money nanos={overview.sellerOwedNanos} />} />
        <Stat label={t('overview.users')} value={<Num value={overview.users} />} to="/admin/users" />
        <Stat
          label={t('overview.services')}
          value={<Num value={overview.publishedServices} />}
          to="/admin/services"
        />
      </StatGrid>
      {overview.servicesInReview > 0 && (
        <Alert tone="info" title={t('overview.inReview', { count: overview.servicesInReview })}>
          <ButtonLink to="/admin/services?status=in_review" variant="secondary" size="sm">
            {t('overview.review')}
          </ButtonLink>
        </Alert>
      )}
      <Card>
        <CardHeader title={t('overview.callsPerDay')} description={t('overview.last30Days')} />
        <CardBody>
          <UsageChart
            points={overview.days.map(({ day, calls, errors }) => ({ label: day, calls, errors }))}
          />
        </CardBody>
      </Card>
      <Section title={t('overview.newestUsers')}>
        <Table
          caption={t('overview.newestUsers')}
          rows={overview.newestUsers}
          rowKey={(row) => row.id}
          columns={[
            { key: 'username', header: t('overview.username') },
            { key: 'displayName', header: t('overview.name') },
            {
              key: 'createdAt',
              header: t('overview.registered'),
              render: (row) => <DateTime value={row.createdAt} dateStyle="medium" timeStyle="short" />,
            },
          ]}
          empty={<EmptyState title={t('overview.noUsers')} />}
        />
      </Section>
    </>
  );
}
