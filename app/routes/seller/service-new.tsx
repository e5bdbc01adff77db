import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ServiceForm } from '../../components/seller/service-form.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { createService, testConnection } from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formValues } from '../../http/parse-form.ts';
import { requireSeller } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { readConnectionTest, readNewService, serviceFormField } from '../../http/service-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  await requireSeller(args);
  const t = await getTranslation(args, 'seller');
  return { title: t('service.newTitle') };
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireSeller(args);
  return formAction(args, () =>
    withWireFields(serviceFormField, async () => {
      const form = await args.request.formData();
      if (form.get('intent') === 'test') {
        const test = await testConnection(ctx, readConnectionTest(form, null));
        return data({ test, values: formValues(form), issues: [], error: null });
      }
      const service = await createService(ctx, readNewService(form));
      return redirectWithFlash(`/seller/services/${service.id}/plans`, {
        messageKey: 'seller:flash.created',
        tone: 'success',
      });
    }),
  );
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function NewService() {
  const { t } = useTranslation('seller');
  const result = useActionData<typeof action>();
  return (
    <>
      <PageHeader
        breadcrumbs={[{ to: '/seller/services', label: t('services.title') }]}
        title={t('service.newTitle')}
        description={t('service.newDescription')}
      />
      <ServiceForm
        isNew
        values={result?.values ?? {}}
        issues={result?.issues}
        error={result?.error}
        slugIsFixed={false}
        secretSetAt={null}
        test={result && 'test' in result ? result.test : null}
      />
    </>
  );
}
