import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PageLinks } from '../../components/seller/page-links.tsx';
import { ServicesTable } from '../../components/seller/services-table.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { listOwnServices } from '../../domain/services/index.ts';
import { requireSeller } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireSeller(args);
    const t = await getTranslation(args, 'seller');
    const page = Number(new URL(args.request.url).searchParams.get('page') ?? 1);
    return { title: t('services.title'), services: await listOwnServices(ctx, { page }) };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function SellerServices() {
  const { t } = useTranslation('seller');
  const { services } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader
        title={t('services.title')}
        description={t('services.description')}
        actions={services.total > 0 && <ButtonLink to="/seller/services/new">{t('services.new')}</ButtonLink>}
      />
      <div>
        <Card>
          <ServicesTable services={services.items} />
        </Card>
        <PageLinks page={services.page} pageCount={services.pageCount} />
      </div>
    </>
  );
}
