import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useLoaderData } from '@remix-run/react';
import { FileText } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { FilterLinks } from '../../components/ui/filter-links.tsx';
import { DateTime, Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Stat, StatGrid } from '../../components/ui/stat.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table } from '../../components/ui/table.tsx';
import { useViewerPreferences } from '../../components/viewer-preferences.tsx';
import { INVOICE_QUEUES, listAllInvoices } from '../../domain/invoices/index.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { monthText } from '../../i18n/invoice-words.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['invoices'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'invoices');
  return pageLoader(args, async () => {
    const { searchParams } = new URL(args.request.url);
    const queue = INVOICE_QUEUES.find((one) => one === searchParams.get('queue')) ?? 'review';
    const query = searchParams.get('query')?.slice(0, 100) ?? '';
    const page = Math.max(1, Math.trunc(Number(searchParams.get('page'))) || 1);
    return {
      title: t('queue.title'),
      found: await listAllInvoices(ctx, { queue, page, ...(query && { query }) }),
      queue,
      queues: INVOICE_QUEUES,
      query,
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

function Filters() {
  const { t } = useTranslation('invoices');
  const { found, queue, queues, query } = useLoaderData<typeof loader>();
  return (
    <div className="flex flex-wrap items-end justify-between gap-4">
      <FilterLinks
        label={t('queue.filter')}
        items={queues.map((one) => ({
          key: one,
          to: `/admin/invoices?queue=${one}`,
          label: t(`queue.${one}`, { count: found.counts[one] }),
          isChosen: one === queue,
        }))}
      />
      <Form method="get" role="search" className="flex flex-wrap items-end gap-3">
        <input type="hidden" name="queue" value={queue} />
        <TextField
          name="query"
          type="search"
          quiet
          label={t('queue.search')}
          defaultValue={query}
          maxLength={100}
        />
        <Button type="submit" variant="secondary">
          {t('queue.searchSubmit')}
        </Button>
      </Form>
    </div>
  );
}

export default function AdminInvoices() {
  const { t } = useTranslation('invoices');
  const { found, queue, query } = useLoaderData<typeof loader>();
  const { locale } = useViewerPreferences();
  return (
    <>
      <PageHeader
        title={t('queue.title')}
        description={t('queue.description')}
        actions={
          <>
            <ButtonLink to="/admin/reconciliation" variant="secondary">
              {t('queue.reconcile')}
            </ButtonLink>
            <ButtonLink to="/admin/billing" variant="secondary">
              {t('queue.settings')}
            </ButtonLink>
          </>
        }
      />
      <Filters />
      <StatGrid>
        <Stat label={t('totals.total')} value={<Money nanos={found.totals.totalNanos} />} />
        <Stat label={t('totals.due')} value={<Money nanos={found.totals.dueNanos} />} />
        <Stat label={t('totals.open')} value={<Money nanos={found.totals.openNanos} />} />
      </StatGrid>
      <Table
        caption={t('queue.title')}
        rows={found.items}
        rowKey={(invoice) => invoice.id}
        columns={[
          {
            key: 'buyer',
            header: t('column.buyer'),
            render: (invoice) => (
              <Link className="text-link font-medium wrap-anywhere" to={`/admin/invoices/${invoice.id}`}>
                {invoice.organization.name}
              </Link>
            ),
          },
          {
            key: 'month',
            header: t('column.month'),
            render: (invoice) => monthText(invoice.month, locale),
          },
          {
            key: 'number',
            header: t('column.number'),
            priority: 'low',
            render: (invoice) => invoice.number ?? t('list.draft'),
          },
          {
            key: 'status',
            header: t('column.status'),
            render: (invoice) => <StatusBadge noun="invoice" status={invoice.status} />,
          },
          queue === 'review'
            ? {
                key: 'reviewableAt',
                header: t('queue.reviewable'),
                priority: 'low',
                render: (invoice) => <DateTime value={invoice.reviewableAt} />,
              }
            : {
                key: 'dueAt',
                header: t('column.dueAt'),
                priority: 'low',
                render: (invoice) =>
                  invoice.dueAt && invoice.dueNanos > 0n ? (
                    <DateTime value={invoice.dueAt} timeStyle={null} />
                  ) : null,
              },
          {
            key: 'total',
            header: t('column.total'),
            align: 'end',
            render: (invoice) => <Money nanos={invoice.totalNanos} currency={invoice.currency} />,
          },
          {
            key: 'due',
            header: t('column.due'),
            align: 'end',
            render: (invoice) => <Money nanos={invoice.dueNanos} currency={invoice.currency} />,
          },
        ]}
        empty={
          <EmptyState icon={FileText} title={t('queue.emptyTitle')}>
            {t('queue.empty')}
          </EmptyState>
        }
      />
      <Pagination
        page={found.page}
        pageCount={found.pageCount}
        href={(page) =>
          `/admin/invoices?${new URLSearchParams({ queue, query, page: String(page) }).toString()}`
        }
      />
    </>
  );
}
