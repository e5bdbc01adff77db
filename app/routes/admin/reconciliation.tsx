import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useLoaderData } from '@remix-run/react';
import { Equal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Alert } from '../../components/ui/alert.tsx';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { Day, Money } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { Table, type Column } from '../../components/ui/table.tsx';
import { useViewerPreferences } from '../../components/viewer-preferences.tsx';
import {
  reconcileMonth,
  reconcileOrganization,
  type ReconciledDetail,
  type ReconciledMonth,
} from '../../domain/invoices/index.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { lineText, monthText } from '../../i18n/invoice-words.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['invoices'] };

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** The month before a moment's. */
function lastMonth(now: Date): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
}

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'invoices');
  return pageLoader(args, async () => {
    const { searchParams } = new URL(args.request.url);
    const asked = searchParams.get('month') ?? '';
    const month = MONTH.test(asked) ? asked : lastMonth(ctx.clock.date());
    const organizationId = searchParams.get('organization')?.slice(0, 64);
    const title = t('reconcile.title');
    if (organizationId) {
      return {
        title,
        month,
        found: null,
        detail: await reconcileOrganization(ctx, { month, organizationId }),
      };
    }
    return { title, month, found: await reconcileMonth(ctx, { month }), detail: null };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

function useColumns(month: string): Column<ReconciledMonth>[] {
  const { t } = useTranslation('invoices');
  const amount = (
    key: string,
    header: string,
    nanos: (row: ReconciledMonth) => bigint | null,
  ): Column<ReconciledMonth> => ({
    key,
    header,
    align: 'end',
    render: (row) => {
      const value = nanos(row);
      return value === null ? t('decide.none') : <Money nanos={value} />;
    },
  });
  return [
    {
      key: 'name',
      header: t('column.buyer'),
      render: (row) => (
        <Link
          className="text-link font-medium wrap-anywhere"
          to={`/admin/reconciliation?month=${month}&organization=${row.organizationId}`}
        >
          {row.name}
        </Link>
      ),
    },
    amount('usage', t('reconcile.usage'), (row) => row.usageNanos),
    amount('ledger', t('reconcile.ledger'), (row) => row.ledgerNanos),
    amount('invoiced', t('reconcile.invoiced'), (row) => row.invoicedNanos),
    amount('received', t('reconcile.received'), (row) => row.receivedNanos),
    amount('stripe', t('reconcile.stripe'), (row) => row.stripeNanos),
    {
      key: 'difference',
      header: t('reconcile.difference'),
      align: 'end',
      render: (row) => (
        <span className={row.differenceNanos === 0n ? 'text-success' : 'text-danger font-semibold'}>
          <Money nanos={row.differenceNanos} />
        </span>
      ),
    },
  ];
}

function Detail({ detail, month }: { detail: ReconciledDetail; month: string }) {
  const { t } = useTranslation('invoices');
  const columns = useColumns(month);
  const isEqual = detail.days.length === 0 && detail.lines.length === 0;
  return (
    <>
      <Card>
        <Table
          caption={detail.month.name}
          rows={[detail.month]}
          rowKey={(row) => row.organizationId}
          columns={columns}
        />
      </Card>
      {detail.month.invoice && (
        <p>
          <Link className="text-link" to={`/admin/invoices/${detail.month.invoice.id}`}>
            {detail.month.invoice.number ?? t('list.draft')}
          </Link>
        </p>
      )}
      {isEqual && <Alert tone="success">{t('reconcile.noDifference')}</Alert>}
      {detail.days.length > 0 && (
        <Section title={t('reconcile.days')}>
          <Card>
            <Table
              caption={t('reconcile.days')}
              rows={detail.days}
              rowKey={(row) => row.day}
              columns={[
                { key: 'day', header: t('reconcile.day'), render: (row) => <Day value={row.day} /> },
                {
                  key: 'usage',
                  header: t('reconcile.usage'),
                  align: 'end',
                  render: (row) => <Money nanos={row.usageNanos} />,
                },
                {
                  key: 'ledger',
                  header: t('reconcile.ledger'),
                  align: 'end',
                  render: (row) => <Money nanos={row.ledgerNanos} />,
                },
              ]}
            />
          </Card>
        </Section>
      )}
      {detail.lines.length > 0 && (
        <Section title={t('reconcile.lines')}>
          <Card>
            <Table
              caption={t('reconcile.lines')}
              rows={detail.lines}
              rowKey={({ line }) =>
                JSON.stringify([
                  line.serviceId,
                  line.priceVersionId,
                  line.meter,
                  line.model,
                  String(line.nanosPerMillion),
                ])
              }
              columns={[
                {
                  key: 'line',
                  header: t('column.description'),
                  render: ({ line }) => <span className="wrap-anywhere">{lineText(t, line)}</span>,
                },
                {
                  key: 'usage',
                  header: t('reconcile.usage'),
                  align: 'end',
                  render: (row) => <Money nanos={row.usageNanos} />,
                },
                {
                  key: 'invoiced',
                  header: t('reconcile.invoiced'),
                  align: 'end',
                  render: (row) => <Money nanos={row.invoicedNanos} />,
                },
              ]}
            />
          </Card>
        </Section>
      )}
      <ButtonLink to={`/admin/reconciliation?month=${month}`} variant="secondary">
        {t('reconcile.back')}
      </ButtonLink>
    </>
  );
}

export default function AdminReconciliation() {
  const { t } = useTranslation('invoices');
  const { month, found, detail } = useLoaderData<typeof loader>();
  const { locale } = useViewerPreferences();
  const columns = useColumns(month);
  return (
    <>
      <PageHeader title={t('reconcile.title')} description={t('reconcile.description')} />
      <Form method="get" className="flex flex-wrap items-end gap-3">
        <TextField
          name="month"
          type="month"
          required
          label={t('reconcile.month')}
          defaultValue={month}
          key={month}
          pattern="\d{4}-\d{2}"
        />
        <Button type="submit" variant="secondary">
          {t('reconcile.show')}
        </Button>
      </Form>
      {found && found.months.length > 0 && (
        <>
          <StatGrid>
            <Stat
              label={t('reconcile.difference')}
              value={<Money nanos={found.differenceNanos} />}
              hint={monthText(month, locale)}
            />
          </StatGrid>
          {found.differenceNanos === 0n ? (
            <Alert tone="success">{t('reconcile.agrees')}</Alert>
          ) : (
            <Alert tone="danger">{t('reconcile.differs')}</Alert>
          )}
          {!found.askedStripe && <Alert tone="warning">{t('reconcile.stripeAway')}</Alert>}
        </>
      )}
      {detail && <Detail detail={detail} month={month} />}
      {!detail && (
        <Card>
          <Table
            caption={t('reconcile.title')}
            rows={found?.months ?? []}
            rowKey={(row) => row.organizationId}
            columns={columns}
            empty={
              <EmptyState icon={Equal} title={t('reconcile.emptyTitle')}>
                {t('reconcile.empty')}
              </EmptyState>
            }
          />
        </Card>
      )}
    </>
  );
}
