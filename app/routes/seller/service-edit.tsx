import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ServiceForm } from '../../components/seller/service-form.tsx';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { listPlans } from '../../domain/plans/index.ts';
import {
  deleteService,
  getOwnService,
  pauseService,
  publishService,
  testConnection,
  updateService,
} from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formValues } from '../../http/parse-form.ts';
import { requireSeller } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { readConnectionTest, readServiceChanges, serviceFormField } from '../../http/service-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireSeller(args);
    const service = await getOwnService(ctx, { serviceIdOrSlug: args.params['id'] ?? '' });
    const plans = await listPlans(ctx, { serviceId: service.id });
    return { service, hasPlans: plans.some(({ status }) => status === 'active') };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireSeller(args);
  return formAction(args, () =>
    withWireFields(serviceFormField, async () => {
      const service = await getOwnService(ctx, { serviceIdOrSlug: args.params['id'] ?? '' });
      const form = await args.request.formData();
      const here = `/seller/services/${service.id}`;
      const back = form.get('from') === 'plans' ? `${here}/plans` : here;
      const serviceId = service.id;
      switch (form.get('intent')) {
        case 'test': {
          const test = await testConnection(ctx, readConnectionTest(form, service));
          return data({ test, values: formValues(form), issues: [], error: null });
        }
        case 'publish': {
          const status = await publishService(ctx, { serviceId });
          const messageKey = status === 'published' ? 'seller:flash.published' : 'seller:flash.submitted';
          return redirectWithFlash(back, { messageKey, tone: 'success' });
        }
        case 'pause':
          await pauseService(ctx, { serviceId });
          return redirectWithFlash(back, { messageKey: 'seller:flash.paused', tone: 'info' });
        case 'delete': {
          const { outcome } = await deleteService(ctx, { serviceId });
          const messageKey = outcome === 'archived' ? 'seller:flash.archived' : 'seller:flash.deleted';
          return redirectWithFlash('/seller/services', { messageKey, tone: 'info' });
        }
        default:
          await updateService(ctx, readServiceChanges(form, service));
          return redirectWithFlash(here, { messageKey: 'seller:flash.saved', tone: 'success' });
      }
    }),
  );
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.service.name ?? ''} · Tollgate` },
];

export default function EditService() {
  const { t } = useTranslation('seller');
  const { service, hasPlans } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const stored = {
    name: service.name,
    slug: service.slug,
    summary: service.summary,
    description: service.description,
    category: service.category,
    baseUrl: service.upstream.baseUrl,
    'auth.placement': service.credential.placement,
    'auth.parameterName': service.credential.parameterName ?? '',
    models: service.upstream.models.join('\n'),
  };
  const subscribers = service.subscriberCount;
  return (
    <>
      <ServiceHeader service={service} hasPlans={hasPlans} page="details" />
      <ServiceForm
        key={service.updatedAt.getTime()}
        isNew={false}
        kind={service.kind}
        values={{ ...stored, ...result?.values }}
        issues={result?.issues}
        error={result?.error}
        slugIsFixed={service.publishedAt !== null}
        secretSetAt={service.credential.secretSetAt}
        test={result && 'test' in result ? result.test : null}
      />
      {service.status !== 'archived' && (
        <Card>
          <CardHeader title={t('delete.title')} description={t('delete.hint')} />
          <CardBody>
            <ConfirmDialog
              triggerLabel={t('delete.button')}
              triggerVariant="danger"
              title={t('delete.confirmTitle', { name: service.name })}
              description={
                subscribers > 0
                  ? t('delete.withSubscribers', { count: subscribers })
                  : t('delete.withoutSubscribers')
              }
              confirmLabel={t('delete.button')}
              fields={{ intent: 'delete' }}
            />
          </CardBody>
        </Card>
      )}
    </>
  );
}
