import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { DisputeFilter, DisputesTable } from '../../components/disputes/disputes-table.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { loadDisputes } from '../../http/dispute-list.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { disputePageAddress } from '../../lib/dispute-page-address.ts';

export const handle = { i18n: ['disputes', 'buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const t = await getTranslation(args, 'disputes');
  return pageLoader(args, async () => ({
    title: t('title'),
    ...(await loadDisputes(ctx, 'admin', args.request.url)),
  }));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function AdminDisputes() {
  const { t } = useTranslation('disputes');
  const { items, page, pageCount, status } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title={t('title')} description={t('adminDescription')} />
      <DisputeFilter status={status} />
      <DisputesTable perspective="admin" disputes={items} />
      <Pagination page={page} pageCount={pageCount} href={disputePageAddress(status)} />
    </>
  );
}
