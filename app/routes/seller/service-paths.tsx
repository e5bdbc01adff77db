import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { EndpointsPanel } from '../../components/seller/endpoints-panel.tsx';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { listEndpoints } from '../../domain/endpoints/index.ts';
import { runEndpointAction } from '../../http/endpoint-actions.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, service, hasPlans } = await loadOwnService(args);
    const t = await getTranslation(args, 'seller');
    const endpoints = await listEndpoints(ctx, { serviceId: service.id });
    const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
    return { title: `${t('paths.title')} · ${service.name}`, service, hasPlans, endpoints, origin };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const { ctx, service } = await loadOwnService(args);
    return runEndpointAction(ctx, await args.request.formData(), `/seller/services/${service.id}/paths`);
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function ServicePaths() {
  const { t } = useTranslation('seller');
  const { service, hasPlans, endpoints, origin } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <ServiceHeader service={service} hasPlans={hasPlans} page="paths" />
      <p className="text-muted max-w-2xl text-sm">{t('paths.description')}</p>
      <EndpointsPanel endpoints={endpoints} services={[service]} origin={origin} failure={failure} />
    </>
  );
}
