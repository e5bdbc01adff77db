import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { UpstreamForm } from '../../components/seller/upstream-form.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { listEgressPools } from '../../domain/egress/index.ts';
import { testConnection } from '../../domain/services/index.ts';
import { createUpstream } from '../../domain/upstreams/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { formValues } from '../../http/parse-form.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { readConnectionTest } from '../../http/service-form.ts';
import { readNewUpstream, upstreamFormField } from '../../http/upstream-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, service } = await loadOwnService(args);
    const t = await getTranslation(args, 'seller');
    const egressPools = (await listEgressPools(ctx)).map(({ id, name }) => ({ id, name }));
    return { title: t('upstream.newTitle'), service, egressPools };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, () =>
    withWireFields(upstreamFormField, async () => {
      const { ctx, service } = await loadOwnService(args);
      const form = await args.request.formData();
      if (form.get('intent') === 'test') {
        const { id: serviceId, kind } = service;
        const test = await testConnection(ctx, readConnectionTest(form, { serviceId, kind }));
        return data({ test, values: formValues(form), issues: [], error: null });
      }
      const upstream = await createUpstream(ctx, readNewUpstream(form, service));
      return redirectWithFlash(`/seller/services/${service.id}/upstreams/${upstream.id}`, {
        messageKey: 'seller:flash.upstreamAdded',
        tone: 'success',
      });
    }),
  );
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function NewUpstream() {
  const { t } = useTranslation('seller');
  const { service, egressPools } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const base = `/seller/services/${service.id}`;
  return (
    <>
      <PageHeader
        breadcrumbs={[
          { to: '/seller/services', label: t('services.title') },
          { to: base, label: service.name },
          { to: `${base}/connection`, label: t('service.connection') },
        ]}
        title={t('upstream.newTitle')}
        description={t('upstream.newHint')}
      />
      <UpstreamForm
        kind={service.kind}
        values={{ priority: '0', weight: '1', ...result?.values }}
        issues={result?.issues}
        error={result?.error}
        secretSetAt={null}
        test={result && 'test' in result ? result.test : null}
        egressPools={egressPools}
      />
    </>
  );
}
