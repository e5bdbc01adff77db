import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PlanAboutFields } from '../../components/pricing/plan-about-fields.tsx';
import { PriceEditor } from '../../components/pricing/price-editor.tsx';
import { PriceOutlook } from '../../components/pricing/price-outlook.tsx';
import { useLiveExample } from '../../components/pricing/use-live-example.ts';
import { LIMIT_FIELDS, PlanLimitFields } from '../../components/seller/plan-limit-fields.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { getFeeBasisPoints } from '../../domain/earnings/index.ts';
import { createPlan, type PlanKind } from '../../domain/plans/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { answerPriceQuestion } from '../../http/price-actions.ts';
import { FIXED_METERS, readPriceForm } from '../../http/price-form.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { planFormField, readPlanAbout } from '../../http/service-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller', 'pricing'] };

const KINDS = ['free', 'flat', 'per_call', 'per_token', 'freemium', 'tiered', 'custom'] as const;

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, service } = await loadOwnService(args);
    const t = await getTranslation(args, 'pricing');
    const kinds: PlanKind[] = KINDS.filter((kind) => kind !== 'per_token' || service.kind === 'llm');
    const wanted = new URL(args.request.url).searchParams.get('kind');
    const kind = kinds.find((one) => one === wanted) ?? null;
    return {
      title: t('new.title'),
      service,
      kinds,
      kind,
      fixed: kind ? (FIXED_METERS[kind] ?? []) : [],
      feeBasisPoints: await getFeeBasisPoints(ctx),
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const { ctx, service } = await loadOwnService(args);
    const form = await args.request.formData();
    const answer = await answerPriceQuestion(ctx, form, service, null);
    if (answer) return answer;
    const { input, fieldOf } = readPriceForm(form);
    const plan = await withWireFields(
      (field) => planFormField(fieldOf(field)),
      () => createPlan(ctx, { ...readPlanAbout(form), ...input, serviceId: service.id }),
    );
    return redirectWithFlash(`/seller/services/${service.id}/plans/${plan.id}`, {
      messageKey: 'seller:flash.planAdded',
      tone: 'success',
    });
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function NewPlan() {
  const { t } = useTranslation(['pricing', 'common']);
  const { service, kinds, kind, fixed, feeBasisPoints } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const live = useLiveExample();
  const base = `/seller/services/${service.id}/plans`;
  const answered = result && 'example' in result ? result : undefined;
  return (
    <>
      <PageHeader
        breadcrumbs={[{ to: base, label: `${service.name} · ${t('plansTitle')}` }]}
        title={t('new.title')}
        description={kind ? t(`preset.${kind}`) : t('new.description')}
        actions={
          kind && (
            <ButtonLink to="?" variant="secondary" size="sm">
              {t('new.otherKind')}
            </ButtonLink>
          )
        }
      />
      {kind === null ? (
        <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {kinds.map((one) => (
            <li key={one}>
              <Link
                to={`?kind=${one}`}
                className="border-line bg-surface shadow-card hover:bg-sunken block h-full rounded-lg border p-5"
              >
                <span className="block text-base font-semibold">{t(`common:planKind.${one}`)}</span>
                <span className="text-muted mt-1 block text-sm">{t(`preset.${one}`)}</span>
              </Link>
            </li>
          ))}
        </ul>
      ) : (
        <div className="grid min-w-0 items-start gap-6 xl:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
          <Card>
            <CardHeader title={t(`common:planKind.${kind}`)} />
            <CardBody>
              <FormAlert error={result?.error} />
              <Form method="post" className="grid gap-5" onInput={live.onInput}>
                <PlanAboutFields values={result?.values ?? {}} issues={result?.issues} />
                <PriceEditor
                  kind={kind}
                  serviceKind={service.kind}
                  fixed={fixed}
                  values={result?.values ?? {}}
                  issues={result?.issues}
                />
                <details open={result?.issues.some(({ field }) => LIMIT_FIELDS.includes(field)) || undefined}>
                  <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
                    {t('about.limits')}
                  </summary>
                  <div className="pt-2">
                    <PlanLimitFields
                      serviceKind={service.kind}
                      values={result?.values ?? {}}
                      issues={result?.issues}
                    />
                  </div>
                </details>
                <div className="flex flex-wrap gap-3">
                  <SubmitButton intent="add">{t('new.add')}</SubmitButton>
                  <SubmitButton intent="example" variant="secondary" formNoValidate>
                    {t('example.work')}
                  </SubmitButton>
                </div>
              </Form>
            </CardBody>
          </Card>
          <PriceOutlook
            example={live.example ?? answered?.example}
            outcome={undefined}
            feeBasisPoints={feeBasisPoints}
          />
        </div>
      )}
    </>
  );
}
