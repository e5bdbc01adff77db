import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { PlanCard } from '../../components/seller/plan-card.tsx';
import { ServiceHeader } from '../../components/seller/service-header.tsx';
import { FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { archivePlan, listPlans, listPriceVersions } from '../../domain/plans/index.ts';
import { getOwnService } from '../../domain/services/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { requireSeller } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller', 'pricing'] };

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireSeller(args);
    const t = await getTranslation(args, 'seller');
    const service = await getOwnService(ctx, { serviceIdOrSlug: args.params['id'] ?? '' });
    const plans = await listPlans(ctx, { serviceId: service.id });
    const shown = plans.map(async (plan) => ({
      plan,
      next: (await listPriceVersions(ctx, { planId: plan.id })).upcoming[0],
    }));
    return {
      title: `${t('plans.title')} · ${service.name}`,
      service,
      plans: await Promise.all(shown),
    };
  });
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireSeller(args);
  return formAction(args, async () => {
    const service = await getOwnService(ctx, { serviceIdOrSlug: args.params['id'] ?? '' });
    const form = await args.request.formData();
    await archivePlan(ctx, { planId: String(form.get('planId')) });
    return redirectWithFlash(`/seller/services/${service.id}/plans`, {
      messageKey: 'seller:flash.planArchived',
      tone: 'info',
    });
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function ServicePlans() {
  const { t } = useTranslation('seller');
  const { service, plans } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const active = plans.filter(({ plan }) => plan.status === 'active');
  const archived = plans.filter(({ plan }) => plan.status !== 'active');
  const add = (
    <ButtonLink to={`/seller/services/${service.id}/plans/new`}>
      {active.length === 0 ? t('plans.addFirst') : t('plans.add')}
    </ButtonLink>
  );
  const cards = (shown: typeof plans) => (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      {shown.map(({ plan, next }) => (
        <PlanCard
          key={plan.id}
          plan={plan}
          next={next}
          canArchive={active.length > 1 || service.status === 'draft'}
        />
      ))}
    </div>
  );
  return (
    <>
      <ServiceHeader service={service} hasPlans={active.length > 0} page="plans" />
      <FormAlert error={failure?.error} />
      {active.length === 0 && service.status !== 'archived' ? (
        <EmptyState title={t('plans.addFirst')} action={add}>
          {t('plans.addHint')}
        </EmptyState>
      ) : (
        <>
          {service.status !== 'archived' && <div className="mb-6">{add}</div>}
          {cards(active)}
        </>
      )}
      {archived.length > 0 && (
        <details className="mt-6">
          <summary className="text-link inline-flex min-h-11 cursor-pointer items-center font-medium">
            {t('plans.archived', { count: archived.length })}
          </summary>
          <div className="mt-3">{cards(archived)}</div>
        </details>
      )}
    </>
  );
}
