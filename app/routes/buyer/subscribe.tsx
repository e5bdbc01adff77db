import { randomUUID } from 'node:crypto';
import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { IssuedKey } from '../../components/buyer/issued-key.tsx';
import { OrderReview, PlanChoice } from '../../components/buyer/order-review.tsx';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { Alert, FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { getPublishedService } from '../../domain/services/index.ts';
import { createSubscription, listSubscriptions, minimumBalance } from '../../domain/subscriptions/index.ts';
import { getWallet } from '../../domain/wallets/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { hasErrorCode } from '../../lib/app-error.ts';
import { curlSample } from '../../lib/call-sample.ts';

export const handle = { i18n: ['buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const service = await getPublishedService(ctx, args.params['slug'] ?? '');
    const [existing] = await listSubscriptions(ctx, { serviceId: service.id });
    const wanted = new URL(args.request.url).searchParams.get('plan') ?? existing?.planId;
    const plan = service.plans.find(({ id }) => id === wanted) ?? service.startingPlan;
    const needed = plan && !plan.price.recurringInterval ? minimumBalance(plan) : 0n;
    return {
      title: t('subscribe.title', { service: service.name }),
      service: {
        slug: service.slug,
        name: service.name,
        seller: service.seller.name,
        isListed: service.isListed,
      },
      plans: service.plans,
      plan,
      needed,
      wallet: await getWallet(ctx),
      existing: existing ? { id: existing.id, status: existing.status, planName: existing.plan.name } : null,
      mayOrder: role !== 'billing',
      idempotencyKey: randomUUID(),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.title ?? ''} · Tollgate` },
  { name: 'robots', content: 'noindex' },
];

const form = z.strictObject({ planId: z.string(), idempotencyKey: z.string() });

/** The answer carries the key's secret, and is the only one that does. */
export const headers = () => ({ 'cache-control': 'private, no-store' });

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const service = await getPublishedService(ctx, args.params['slug'] ?? '');
    try {
      const created = await createSubscription(ctx, { service: service.id, ...parsed.value });
      if (created.checkout) return redirectDocument(created.checkout.url);
      const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
      return {
        created: {
          planName: created.plan.name,
          key: created.key && {
            name: created.key.key.name,
            secret: created.key.secret,
            curl: curlSample(origin, service, created.key.secret),
            llmOrigin: service.kind === 'llm' ? origin : null,
          },
        },
        error: null,
        issues: [],
      };
    } catch (error) {
      if (!hasErrorCode(error, 'already_exists')) throw error;
      return redirectWithFlash('/buyer/subscriptions', {
        messageKey: 'buyer:flash.alreadySubscribed',
        tone: 'info',
      });
    }
  });
}

export default function Subscribe() {
  const { t } = useTranslation('buyer');
  const { service, plans, plan } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const breadcrumbs = [{ to: `/services/${service.slug}`, label: service.name }];
  if (result && 'created' in result) {
    const { key, planName } = result.created;
    return (
      <>
        <PageHeader
          title={t('subscribe.successTitle', { service: service.name })}
          description={key ? t('subscribe.successText', { plan: planName }) : t('subscribe.repeatedText')}
          breadcrumbs={breadcrumbs}
        />
        {key ? <IssuedKey {...key} /> : <ButtonLink to="/buyer/keys">{t('issued.toKeys')}</ButtonLink>}
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={t('subscribe.title', { service: service.name })}
        description={t('subscribe.description', { seller: service.seller })}
        breadcrumbs={breadcrumbs}
      />
      {plan ? (
        <div className="grid items-start gap-6 lg:grid-cols-2">
          {plans.length > 1 && <PlanChoice plans={plans} selectedId={plan.id} />}
          <Order />
        </div>
      ) : (
        <Alert tone="info">{t('subscribe.noPlans')}</Alert>
      )}
    </>
  );
}

function Order() {
  const { t } = useTranslation('buyer');
  const { plan, wallet } = useLoaderData<typeof loader>();
  if (!plan) return null;
  return (
    <section aria-label={t('subscribe.review')} className="grid min-w-0 gap-4">
      <OrderReview plan={plan} wallet={wallet}>
        <OrderForm />
      </OrderReview>
    </section>
  );
}

function OrderForm() {
  const { t } = useTranslation('buyer');
  const { money } = useFormats();
  const { service, plan, existing, wallet, needed, mayOrder, idempotencyKey } =
    useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  if (!plan) return null;
  if (!service.isListed) return <Alert tone="info">{t('subscribe.notListed')}</Alert>;
  if (existing && existing.status !== 'pending_payment') {
    return (
      <Alert tone="info" title={t('subscribe.already')}>
        <p className="mb-3">{t('subscribe.alreadyText', { plan: existing.planName })}</p>
        <ButtonLink to={`/buyer/subscriptions/${existing.id}`} variant="secondary" size="sm">
          {t('subscribe.toSubscription')}
        </ButtonLink>
      </Alert>
    );
  }
  if (!mayOrder) return <Alert tone="info">{t('subscribe.noRole')}</Alert>;
  if (wallet.availableNanos < needed) {
    return (
      <Alert tone="warning" title={t('subscribe.walletLow')}>
        <p className="mb-3">
          {t('subscribe.walletLowText', { amount: money(needed), available: money(wallet.availableNanos) })}
        </p>
        <ButtonLink to="/buyer/wallet" size="sm">
          {t('subscribe.topUp')}
        </ButtonLink>
      </Alert>
    );
  }
  return (
    <Form method="post" className="grid gap-4">
      <input type="hidden" name="planId" value={plan.id} />
      <input type="hidden" name="idempotencyKey" value={idempotencyKey} />
      {existing && (
        <Alert tone="warning" title={t('subscribe.pending')}>
          {t('subscribe.pendingText', { plan: existing.planName })}
        </Alert>
      )}
      <FormAlert error={result?.error} />
      <FormErrors issues={result?.issues} fields={[]} />
      <SubmitButton pendingLabel={t('subscribe.submitting')}>
        {t(plan.price.recurringInterval ? 'subscribe.submitFlat' : 'subscribe.submit')}
      </SubmitButton>
    </Form>
  );
}
