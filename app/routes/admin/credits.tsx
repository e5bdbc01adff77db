import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useLoaderData } from '@remix-run/react';
import { Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table, type Column } from '../../components/ui/table.tsx';
import { listWallets, type OrganizationWallet } from '../../domain/wallets/index.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['admin', 'wallet'] };

const MAX_QUERY_CHARS = 100;

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'wallet');
  const { searchParams } = new URL(args.request.url);
  const query = (searchParams.get('q') ?? '').trim().slice(0, MAX_QUERY_CHARS);
  const page = Number(searchParams.get('page') ?? 1);
  return pageLoader(args, async () => ({
    title: t('admin.title'),
    query,
    wallets: await listWallets(ctx, { query, page }),
  }));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminCredits() {
  const { t } = useTranslation('wallet');
  const { query, wallets } = useLoaderData<typeof loader>();
  const money = (key: string, header: string, value: (row: OrganizationWallet) => bigint) => ({
    key,
    header,
    align: 'end' as const,
    render: (row: OrganizationWallet) => <Money nanos={value(row)} currency={row.currency} />,
  });
  const columns: Column<OrganizationWallet>[] = [
    {
      key: 'name',
      header: t('admin.organization'),
      render: (row) => (
        <Link
          to={`/admin/credits/${row.organizationId}`}
          className="text-link inline-block min-w-24 font-medium wrap-anywhere"
        >
          {row.name}
        </Link>
      ),
    },
    money('available', t('stat.available'), (row) => row.availableNanos),
    { ...money('held', t('stat.held'), (row) => row.heldNanos), priority: 'low' },
    money('promo', t('stat.promo'), (row) => row.promoNanos + row.promoHeldNanos),
    money('owed', t('stat.owed'), (row) => row.creditUsedNanos),
    money('limit', t('admin.limit'), (row) => row.creditLimitNanos),
  ];
  return (
    <>
      <PageHeader
        title={t('admin.title')}
        description={t('admin.description')}
        actions={
          <ButtonLink to="/admin/credits/codes" variant="secondary">
            {t('admin.codes')}
          </ButtonLink>
        }
      />
      <Form
        method="get"
        role="search"
        aria-label={t('admin.search')}
        className="flex flex-wrap items-end gap-3"
      >
        <TextField
          name="q"
          type="search"
          label={t('admin.search')}
          quiet
          className="max-w-md flex-1 basis-64"
          maxLength={MAX_QUERY_CHARS}
          defaultValue={query}
        />
        <Button type="submit" variant="secondary">
          {t('admin.searchButton')}
        </Button>
        {query && (
          <ButtonLink to="/admin/credits" variant="ghost">
            {t('admin.clear')}
          </ButtonLink>
        )}
      </Form>
      <p className="text-muted text-sm">{t('admin.total', { count: wallets.total })}</p>
      <Card>
        <Table
          caption={t('admin.title')}
          rows={wallets.items}
          rowKey={(row) => row.organizationId}
          columns={columns}
          empty={
            <EmptyState icon={Search} title={t('admin.emptyTitle')}>
              {t('admin.empty')}
            </EmptyState>
          }
        />
      </Card>
      <Pagination
        page={wallets.page}
        pageCount={wallets.pageCount}
        href={(page) => `?${new URLSearchParams({ ...(query && { q: query }), page: String(page) })}`}
      />
    </>
  );
}
