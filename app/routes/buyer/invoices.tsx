import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useLoaderData } from '@remix-run/react';
import { FileText } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Alert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { DateTime, Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table } from '../../components/ui/table.tsx';
import { useViewerPreferences } from '../../components/viewer-preferences.tsx';
import { listInvoices } from '../../domain/invoices/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { monthText } from '../../i18n/invoice-words.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['invoices'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  const t = await getTranslation(args, 'invoices');
  return pageLoader(args, async () => {
    const page = Math.trunc(Number(new URL(args.request.url).searchParams.get('page'))) || 1;
    return { title: t('list.title'), found: await listInvoices(ctx, { page: Math.max(1, page) }) };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function BuyerInvoices() {
  const { t } = useTranslation('invoices');
  const { found } = useLoaderData<typeof loader>();
  const { locale } = useViewerPreferences();
  return (
    <>
      <PageHeader
        title={t('list.title')}
        description={t('list.description')}
        actions={
          <ButtonLink to="/buyer/billing-profile" variant="secondary">
            {t('list.profile')}
          </ButtonLink>
        }
      />
      {found.isSuspended && (
        <Alert tone="danger" title={t('list.suspendedTitle')}>
          {t('list.suspended')}
        </Alert>
      )}
      <Table
        caption={t('list.title')}
        rows={found.items}
        rowKey={(invoice) => invoice.id}
        columns={[
          {
            key: 'month',
            header: t('column.month'),
            render: (invoice) => (
              <Link className="text-link font-medium" to={`/buyer/invoices/${invoice.id}`}>
                {monthText(invoice.month, locale)}
              </Link>
            ),
          },
          {
            key: 'number',
            header: t('column.number'),
            render: (invoice) => invoice.number ?? t('list.draft'),
          },
          {
            key: 'status',
            header: t('column.status'),
            render: (invoice) => <StatusBadge noun="invoice" status={invoice.status} />,
          },
          {
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
            key: 'open',
            header: t('column.open'),
            align: 'end',
            render: (invoice) => <Money nanos={invoice.openNanos} currency={invoice.currency} />,
          },
        ]}
        empty={
          <EmptyState icon={FileText} title={t('list.emptyTitle')}>
            {t('list.empty')}
          </EmptyState>
        }
      />
      <Pagination
        page={found.page}
        pageCount={found.pageCount}
        href={(page) => `/buyer/invoices?page=${page}`}
      />
    </>
  );
}
