import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PriceListPreview } from '../../components/pricing/price-list-preview.tsx';
import { Alert, FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { TextAreaField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import {
  getOwnPlan,
  importPriceList,
  PRICE_LINE_HEADING,
  readPriceList,
  toPriceLine,
} from '../../domain/plans/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { readChosenPrices, readListText } from '../../http/price-form.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller', 'pricing'] };

const MAX_SHOWN = 400;
const MAX_SKIPPED_SHOWN = 50;

async function loadPlan(args: LoaderFunctionArgs | ActionFunctionArgs) {
  const { ctx, service } = await loadOwnService(args);
  const plan = await getOwnPlan(ctx, { planId: args.params['planId'] ?? '' });
  if (plan.serviceId !== service.id || plan.status !== 'active' || plan.kind === 'free') {
    throw new AppError('not_found', 'There is no such plan.');
  }
  return { ctx, service, plan };
}

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { service, plan } = await loadPlan(args);
    const t = await getTranslation(args, 'pricing');
    return {
      title: t('import.title'),
      service: { id: service.id, name: service.name },
      plan: { id: plan.id, name: plan.name },
      heading: PRICE_LINE_HEADING,
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const { ctx, service, plan } = await loadPlan(args);
    const form = await args.request.formData();
    if (form.get('intent') === 'apply') {
      await importPriceList(ctx, readChosenPrices(form, plan.id, PRICE_LINE_HEADING));
      return redirectWithFlash(`/seller/services/${service.id}/plans/${plan.id}`, {
        messageKey: 'pricing:flash.imported',
        tone: 'success',
      });
    }
    const list = readPriceList(await readListText(form));
    const own = new Set(service.models);
    const nameOf = (model: string) => model.slice(model.lastIndexOf('/') + 1);
    const isOwn = (model: string) => own.has(model) || own.has(nameOf(model));
    const sorted = [
      ...list.models.filter(({ model }) => isOwn(model)),
      ...list.models.filter(({ model }) => !isOwn(model)),
    ];
    return data({
      issues: [],
      values: {} as Record<string, string>,
      error: null,
      list: {
        format: list.format,
        understood: list.models.length,
        models: sorted.slice(0, MAX_SHOWN).map((listed) => {
          // The service may know the model by the last part of its name in the list.
          const model =
            own.has(listed.model) || !own.has(nameOf(listed.model)) ? listed.model : nameOf(listed.model);
          return { ...listed, model, isOwn: isOwn(listed.model), line: toPriceLine({ ...listed, model }) };
        }),
        skipped: list.skipped.slice(0, MAX_SKIPPED_SHOWN),
        skippedCount: list.skipped.length,
      },
    });
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function ImportPriceList() {
  const { t } = useTranslation('pricing');
  const { title, service, plan, heading } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const list = result && 'list' in result ? result.list : undefined;
  return (
    <>
      <PageHeader
        breadcrumbs={[
          { to: `/seller/services/${service.id}/plans/${plan.id}`, label: `${service.name} · ${plan.name}` },
        ]}
        title={title}
        description={t('import.description')}
      />
      <FormAlert error={result?.error} />
      <FormErrors issues={result?.issues} fields={['list']} />
      {list && <PriceListPreview list={list} />}
      <Card className="mt-6">
        <CardHeader title={list ? t('import.another') : t('import.source')} />
        <CardBody>
          <Form method="post" encType="multipart/form-data" className="grid gap-5">
            <TextAreaField
              name="list"
              label={t('import.paste')}
              hint={t('import.pasteHint')}
              placeholder={`${heading}\nsmall-model,0.15,0.075,,0.6,`}
              rows={8}
              spellCheck={false}
              className="[&_textarea]:font-mono [&_textarea]:text-sm"
              issues={result?.issues}
            />
            <label className="grid gap-1.5 text-sm font-medium">
              {t('import.file')}
              <input
                type="file"
                name="file"
                accept=".json,.csv,application/json,text/csv"
                className="min-h-11 text-sm"
              />
            </label>
            <div>
              <SubmitButton intent="read">{t('import.read')}</SubmitButton>
            </div>
          </Form>
        </CardBody>
      </Card>
      <Alert className="mt-6">{t('import.note')}</Alert>
    </>
  );
}
