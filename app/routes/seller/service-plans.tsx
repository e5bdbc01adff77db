import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PlanCard } from '../../components/seller/plan-card.tsx';
import { PlanForm } from '../../components/seller/plan-form.tsx';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { getFeeBasisPoints } from '../../domain/earnings/index.ts';
import {
  archivePlan,
  changePlanPrice,
  createPlan,
  listPlans,
  toDecimalPrice,
  updatePlan,
} from '../../domain/plans/index.ts';
import { getOwnService } from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireSeller } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { planFormField, readNewPlan, readPlanLimits, readPriceChange } from '../../http/service-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireSeller(args);
    const t = await getTranslation(args, 'seller');
    const service = await getOwnService(ctx, { serviceIdOrSlug: args.params['id'] ?? '' });
    const [plans, feeBasisPoints] = await Promise.all([
      listPlans(ctx, { serviceId: service.id }),
      getFeeBasisPoints(ctx),
    ]);
    return {
      title: `${t('plans.title')} · ${service.name}`,
      service,
      feeBasisPoints,
      plans: plans.map((plan) => ({ plan, decimals: toDecimalPrice(plan.kind, plan.price) })),
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireSeller(args);
  return formAction(args, () =>
    withWireFields(planFormField, async () => {
      const service = await getOwnService(ctx, { serviceIdOrSlug: args.params['id'] ?? '' });
      const form = await args.request.formData();
      const here = `/seller/services/${service.id}/plans`;
      switch (form.get('intent')) {
        case 'price':
          await changePlanPrice(ctx, readPriceChange(form));
          return redirectWithFlash(here, { messageKey: 'seller:flash.priceChanged', tone: 'success' });
        case 'limits':
          await updatePlan(ctx, readPlanLimits(form));
          return redirectWithFlash(here, { messageKey: 'seller:flash.saved', tone: 'success' });
        case 'archive':
          await archivePlan(ctx, { planId: String(form.get('planId')) });
          return redirectWithFlash(here, { messageKey: 'seller:flash.planArchived', tone: 'info' });
        default:
          await createPlan(ctx, readNewPlan(form, service.id));
          return redirectWithFlash(here, { messageKey: 'seller:flash.planAdded', tone: 'success' });
      }
    }),
  );
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function ServicePlans() {
  const { t } = useTranslation('seller');
  const { service, plans, feeBasisPoints } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const failedPlan = failure?.values['planId'];
  const active = plans.filter(({ plan }) => plan.status === 'active');
  const archived = plans.filter(({ plan }) => plan.status !== 'active');
  const { models } = service;
  const cards = (shown: typeof plans) => (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      {shown.map(({ plan, decimals }) => (
        <PlanCard
          key={plan.id + plan.price.id}
          plan={plan}
          serviceKind={service.kind}
          decimals={decimals}
          models={models}
          feeBasisPoints={feeBasisPoints}
          canArchive={active.length > 1 || service.status === 'draft'}
          issues={failedPlan === plan.id ? failure?.issues : undefined}
          values={failedPlan === plan.id ? failure?.values : undefined}
        />
      ))}
    </div>
  );
  return (
    <>
      <ServiceHeader service={service} hasPlans={active.length > 0} page="plans" />
      <FormAlert error={failure?.error} />
      {cards(active)}
      {service.status !== 'archived' && (
        <Card key={plans.length}>
          <CardHeader
            title={active.length === 0 ? t('plans.addFirst') : t('plans.add')}
            description={t('plans.addHint')}
          />
          <CardBody>
            <PlanForm
              serviceKind={service.kind}
              models={models}
              issues={failedPlan ? undefined : failure?.issues}
              values={failedPlan ? {} : (failure?.values ?? {})}
              feeBasisPoints={feeBasisPoints}
            />
          </CardBody>
        </Card>
      )}
      {archived.length > 0 && (
        <details>
          <summary className="text-link inline-flex min-h-11 cursor-pointer items-center font-medium">
            {t('plans.archived', { count: archived.length })}
          </summary>
          <div className="mt-3">{cards(archived)}</div>
        </details>
      )}
    </>
  );
}
