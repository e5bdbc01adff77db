import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { EndpointsPanel } from '../../components/seller/endpoints-panel.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { listEndpoints } from '../../domain/endpoints/index.ts';
import { listServiceChoices } from '../../domain/services/index.ts';
import { runEndpointAction } from '../../http/endpoint-actions.ts';
import { requireSeller } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireSeller(args);
    const t = await getTranslation(args, 'seller');
    const [endpoints, services] = await Promise.all([listEndpoints(ctx), listServiceChoices(ctx)]);
    const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
    return { title: t('paths.title'), endpoints, services, origin };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireSeller(args);
  return formAction(args, async () => runEndpointAction(ctx, await args.request.formData(), '/seller/paths'));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function SellerPaths() {
  const { t } = useTranslation('seller');
  const { endpoints, services, origin } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader title={t('paths.title')} description={t('paths.description')} />
      <EndpointsPanel endpoints={endpoints} services={services} origin={origin} failure={failure} />
    </>
  );
}
