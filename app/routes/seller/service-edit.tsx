import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { AboutFields } from '../../components/seller/about-fields.tsx';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { deleteService, pauseService, publishService, updateService } from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { readServiceChanges } from '../../http/service-form.ts';

export const handle = { i18n: ['seller'] };

const FIELDS = ['name', 'slug', 'summary', 'description', 'category'];
/** Pages of a service whose header sends here. */
const PAGES = ['connection', 'routing', 'limits', 'plans', 'paths'];

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { service, hasPlans } = await loadOwnService(args);
    return { service, hasPlans };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const { ctx, service } = await loadOwnService(args);
    const form = await args.request.formData();
    const here = `/seller/services/${service.id}`;
    const from = String(form.get('from'));
    const back = PAGES.includes(from) ? `${here}/${from}` : here;
    const serviceId = service.id;
    switch (form.get('intent')) {
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
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.service.name ?? ''} · Tollgate` },
];

export default function EditService() {
  const { t } = useTranslation('seller');
  const { service, hasPlans } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const { name, slug, summary, description, category } = service;
  const subscribers = service.subscriberCount;
  return (
    <>
      <ServiceHeader service={service} hasPlans={hasPlans} page="" />
      <Form key={service.updatedAt.getTime()} method="post" preventScrollReset>
        <Card>
          <CardHeader title={t('service.about')} description={t('service.aboutHint')} />
          <CardBody className="grid gap-5">
            <FormAlert error={failure?.error} />
            <FormErrors issues={failure?.issues} fields={FIELDS} />
            <AboutFields
              isNew={false}
              values={{ name, slug, summary, description, category, ...failure?.values }}
              issues={failure?.issues}
              slugIsFixed={service.publishedAt !== null}
            />
          </CardBody>
          <CardFooter>
            <SubmitButton intent="save" pendingLabel={t('service.saving')}>
              {t('service.save')}
            </SubmitButton>
          </CardFooter>
        </Card>
      </Form>
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
