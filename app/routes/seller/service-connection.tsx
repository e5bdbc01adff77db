import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { UpstreamsTable } from '../../components/seller/upstreams-table.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { Section } from '../../components/ui/page.tsx';
import { listUpstreams, MAX_UPSTREAMS } from '../../domain/upstreams/index.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, service, hasPlans } = await loadOwnService(args);
    const t = await getTranslation(args, 'seller');
    const upstreams = await listUpstreams(ctx, { serviceId: service.id });
    const title = `${t('service.connection')} · ${service.name}`;
    return { title, service, hasPlans, upstreams, canAdd: upstreams.length < MAX_UPSTREAMS };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function ServiceConnection() {
  const { t } = useTranslation('seller');
  const { service, hasPlans, upstreams, canAdd } = useLoaderData<typeof loader>();
  return (
    <>
      <ServiceHeader service={service} hasPlans={hasPlans} page="connection" />
      <Section
        title={t('upstreams.title')}
        description={t('upstreams.hint')}
        actions={
          canAdd &&
          service.status !== 'archived' && (
            <ButtonLink to={`/seller/services/${service.id}/upstreams/new`} variant="secondary" size="sm">
              {t('upstream.add')}
            </ButtonLink>
          )
        }
      >
        <Card>
          <UpstreamsTable upstreams={upstreams} />
        </Card>
        {upstreams.length > 1 && (
          <p className="text-muted mt-3 text-sm">
            {t('upstreams.strategyNow')}{' '}
            <Link className="text-link underline" to={`/seller/services/${service.id}/routing`}>
              {t(`strategy.${service.routingStrategy}`)}
            </Link>
          </p>
        )}
      </Section>
    </>
  );
}
