import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { InvitationsCard } from '../../components/pricing/invitations-card.tsx';
import { PlanAboutFields } from '../../components/pricing/plan-about-fields.tsx';
import { PriceEditor } from '../../components/pricing/price-editor.tsx';
import { PriceHistory } from '../../components/pricing/price-history.tsx';
import { PriceOutlook } from '../../components/pricing/price-outlook.tsx';
import { PriceTable } from '../../components/pricing/price-table.tsx';
import { useLiveExample } from '../../components/pricing/use-live-example.ts';
import { limitValues, PlanLimitFields } from '../../components/seller/plan-limit-fields.tsx';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { CheckboxField, TextField } from '../../components/ui/field.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { getFeeBasisPoints } from '../../domain/earnings/index.ts';
import {
  changePlanPrice,
  createPlanInvitation,
  exampleOf,
  getOwnPlan,
  listPlanInvitations,
  listPriceVersions,
  resendPlanInvitation,
  revokePlanInvitation,
  toGeneralPrice,
  updatePlan,
  withdrawUpcomingPrices,
} from '../../domain/plans/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { writeInvitation } from '../../http/plan-invitation-mail.ts';
import { answerPriceQuestion } from '../../http/price-actions.ts';
import { FIXED_METERS, priceFormValues, readPriceForm, readWhen } from '../../http/price-form.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { planFormField, readPlanAbout, readPlanLimits } from '../../http/service-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';

export const handle = { i18n: ['seller', 'pricing'] };

async function loadPlan(args: LoaderFunctionArgs | ActionFunctionArgs) {
  const { ctx, service } = await loadOwnService(args);
  const plan = await getOwnPlan(ctx, { planId: args.params['planId'] ?? '' });
  if (plan.serviceId !== service.id) throw new AppError('not_found', 'There is no such plan.');
  return { ctx, service, plan };
}

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, service, plan } = await loadPlan(args);
    const [{ versions, upcoming }, invitations, feeBasisPoints] = await Promise.all([
      listPriceVersions(ctx, { planId: plan.id }),
      listPlanInvitations(ctx, { planId: plan.id }),
      getFeeBasisPoints(ctx),
    ]);
    return {
      service,
      plan,
      versions: versions.filter(({ isUpcoming }) => !isUpcoming).slice(-20),
      upcoming,
      invitations,
      feeBasisPoints,
      example: exampleOf(plan.price, service.kind),
      fixed: FIXED_METERS[plan.kind] ?? [],
      values: priceFormValues(plan.kind, toGeneralPrice(plan.price)),
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, async () => {
    const { ctx, service, plan } = await loadPlan(args);
    const form = await args.request.formData();
    const here = `/seller/services/${service.id}/plans/${plan.id}`;
    const done = (messageKey: string) => redirectWithFlash(here, { messageKey, tone: 'success' });
    const invitationId = String(form.get('invitationId') ?? '');
    const answer = await answerPriceQuestion(ctx, form, service, plan.id);
    if (answer) return answer;
    switch (form.get('intent')) {
      case 'price': {
        const { input, fieldOf } = readPriceForm(form);
        const when = readWhen(form);
        await withWireFields(fieldOf, () => changePlanPrice(ctx, { ...input, ...when, planId: plan.id }));
        return done(when.effectiveFrom ? 'pricing:flash.announced' : 'pricing:flash.priceChanged');
      }
      case 'withdraw':
        await withdrawUpcomingPrices(ctx, { planId: plan.id });
        return done('pricing:flash.withdrawn');
      case 'invite':
        await createPlanInvitation(ctx, {
          planId: plan.id,
          email: String(form.get('email') ?? '').trim(),
          write: writeInvitation,
        });
        return done('pricing:flash.invited');
      case 'resend':
        await resendPlanInvitation(ctx, { invitationId, write: writeInvitation });
        return done('pricing:flash.resent');
      case 'revoke':
        await revokePlanInvitation(ctx, { invitationId });
        return done('pricing:flash.revoked');
      default:
        await withWireFields(planFormField, () =>
          updatePlan(ctx, { ...readPlanLimits(form), ...readPlanAbout(form), planId: plan.id }),
        );
        return done('pricing:flash.saved');
    }
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.plan.name ?? ''} · ${page?.service.name ?? ''} · Tollgate` },
];

export default function PlanPage() {
  const { t } = useTranslation(['pricing', 'common']);
  const page = useLoaderData<typeof loader>();
  const { service, plan, versions, upcoming, invitations, feeBasisPoints, fixed, values } = page;
  const result = useActionData<typeof action>();
  const live = useLiveExample();
  const intent = result?.values['intent'];
  const isPriceForm = intent === 'price' || intent === 'rows' || intent === 'example' || intent === 'preview';
  const typed = isPriceForm ? result!.values : values;
  const issues = isPriceForm ? result?.issues : undefined;
  const isActive = plan.status === 'active';
  const answered = result && 'example' in result ? result : undefined;
  const about = intent === 'about' ? result!.values : aboutValues(plan);
  return (
    <>
      <PageHeader
        breadcrumbs={[
          { to: `/seller/services/${service.id}/plans`, label: `${service.name} · ${t('plansTitle')}` },
        ]}
        title={plan.name}
        description={
          <span className="flex flex-wrap items-center gap-2">
            <Badge>{t(`common:planKind.${plan.kind}`)}</Badge>
            <Badge tone={plan.visibility === 'private' ? 'warning' : 'neutral'}>
              {t(`visibility.${plan.visibility}`)}
            </Badge>
            {!isActive && <Badge>{t('archived')}</Badge>}
          </span>
        }
        actions={
          isActive &&
          plan.kind !== 'free' &&
          service.kind === 'llm' && (
            <ButtonLink to={`/seller/services/${service.id}/plans/${plan.id}/import`} variant="secondary">
              {t('import.open')}
            </ButtonLink>
          )
        }
      />
      <FormAlert error={result?.error} />
      <Card className="mb-6">
        <CardHeader title={t('now.title')} description={t('now.description')} />
        <PriceTable price={plan.price} />
      </Card>
      <PriceHistory versions={versions} upcoming={upcoming} canWithdraw={isActive} />
      {isActive && plan.kind !== 'free' && (
        <div className="mt-6 grid min-w-0 items-start gap-6 xl:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
          <Card key={plan.price.id}>
            <CardHeader title={t('change.title')} description={t('change.description')} />
            <CardBody>
              <FormErrors issues={issues?.filter(({ field }) => field === 'kind')} fields={[]} />
              <Form method="post" className="grid gap-5" onInput={live.onInput} key={typed['blanks']}>
                <PriceEditor
                  kind={plan.kind}
                  serviceKind={service.kind}
                  fixed={fixed}
                  values={typed}
                  issues={issues}
                />
                <TextField
                  name="effectiveFrom"
                  type="datetime-local"
                  step={1}
                  label={t('change.when')}
                  hint={t('change.whenHint')}
                  defaultValue={typed['effectiveFrom']}
                  issues={issues}
                />
                {upcoming.length > 0 && (
                  <CheckboxField
                    name="replacesUpcoming"
                    label={t('change.replaces')}
                    hint={t('change.replacesHint')}
                    issues={issues}
                  />
                )}
                <div className="flex flex-wrap gap-3">
                  <SubmitButton intent="price">{t('change.publish')}</SubmitButton>
                  <SubmitButton intent="preview" variant="secondary">
                    {t('replay.run')}
                  </SubmitButton>
                </div>
              </Form>
            </CardBody>
          </Card>
          <PriceOutlook
            example={live.example ?? answered?.example ?? page.example}
            outcome={answered && 'outcome' in answered ? answered.outcome : undefined}
            feeBasisPoints={feeBasisPoints}
          />
        </div>
      )}
      {plan.visibility === 'private' && (
        <InvitationsCard
          invitations={invitations}
          canInvite={isActive}
          issues={intent === 'invite' ? result?.issues : undefined}
          email={intent === 'invite' ? result?.values['email'] : undefined}
        />
      )}
      {isActive && (
        <Card className="mt-6" key={plan.updatedAt.toISOString()}>
          <CardHeader title={t('about.title')} />
          <CardBody>
            <Form method="post" className="grid gap-5">
              <PlanAboutFields values={about} issues={intent === 'about' ? result?.issues : undefined} />
              <PlanLimitFields
                serviceKind={service.kind}
                values={about}
                issues={intent === 'about' ? result?.issues : undefined}
              />
              <div>
                <SubmitButton intent="about">{t('about.save')}</SubmitButton>
              </div>
            </Form>
          </CardBody>
        </Card>
      )}
    </>
  );
}

function aboutValues(plan: Parameters<typeof limitValues>[0]): Record<string, string> {
  const { name, description, visibility } = plan;
  return { ...limitValues(plan), name, description, visibility };
}
