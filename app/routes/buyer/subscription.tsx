import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Receipt } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { PlanChangeReview, PlanOffers } from '../../components/buyer/plan-change.tsx';
import { QuotaUseCard } from '../../components/buyer/quota-use.tsx';
import { SubscriptionState } from '../../components/buyer/subscription-state.tsx';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { PlanPrice } from '../../components/pricing/plan-price.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { DateTime, Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table } from '../../components/ui/table.tsx';
import {
  cancelSubscription,
  changePlan,
  createSubscription,
  getSubscriptionDetail,
  previewPlanChange,
  resumeSubscription,
} from '../../domain/subscriptions/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { wholeNumber } from '../../lib/whole-number.ts';

export const handle = { i18n: ['payments', 'buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'payments');
  return pageLoader(args, async () => {
    const subscription = await getSubscriptionDetail(ctx, { subscriptionId: args.params['id'] ?? '' });
    return {
      title: t('subscription.title', { service: subscription.service.name }),
      subscription,
      mayManage: role !== 'billing',
      mayPay: role !== 'member',
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const form = z.strictObject({
  intent: z.enum(['preview', 'change', 'cancel', 'resume', 'pay']),
  planId: z.string().optional(),
  prorationDate: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  expectedCents: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
});

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  const subscriptionId = args.params['id'] ?? '';
  const here = `/buyer/subscriptions/${subscriptionId}`;
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { intent, planId = '', ...agreed } = parsed.value;
    const told = (
      messageKey: `payments:flash.${'changed' | 'planned' | 'canceled' | 'ending' | 'resumed'}`,
    ) => redirectWithFlash(here, { messageKey, tone: 'success' });
    switch (intent) {
      case 'preview':
        return { planId, preview: await previewPlanChange(ctx, { subscriptionId, planId }), error: null };
      case 'change': {
        const { outcome, checkout } = await changePlan(ctx, { subscriptionId, planId, ...agreed });
        if (checkout) return redirectDocument(checkout.url);
        return told(outcome === 'planned' ? 'payments:flash.planned' : 'payments:flash.changed');
      }
      case 'cancel': {
        const { status } = await cancelSubscription(ctx, { subscriptionId });
        return told(status === 'canceled' ? 'payments:flash.canceled' : 'payments:flash.ending');
      }
      case 'resume':
        await resumeSubscription(ctx, { subscriptionId });
        return told('payments:flash.resumed');
      case 'pay': {
        const { serviceId, planId: ordered } = await getSubscriptionDetail(ctx, { subscriptionId });
        const { checkout } = await createSubscription(ctx, { service: serviceId, planId: ordered });
        return redirectDocument(checkout?.url ?? here);
      }
    }
  });
}

export default function SubscriptionPage() {
  const { t } = useTranslation('payments');
  const { t: buyerText } = useTranslation('buyer');
  const { subscription, mayManage } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const { service, plan, offers, quotas, quotaResetsAt, status } = subscription;
  const previewed = result && 'preview' in result ? result : null;
  const wanted = offers.find((offer) => offer.plan.id === previewed?.planId)?.plan;
  return (
    <>
      <PageHeader
        title={service.name}
        description={t('subscription.description', { plan: plan.name })}
        breadcrumbs={[{ to: '/buyer/subscriptions', label: buyerText('subscriptions.title') }]}
        actions={
          status === 'active' && (
            <ButtonLink to={`/buyer/keys?subscription=${subscription.id}`} variant="secondary">
              {buyerText('subscriptions.newKey')}
            </ButtonLink>
          )
        }
      />
      <FormAlert error={result?.error} />
      <Notices />
      {previewed && wanted && <PlanChangeReview preview={previewed.preview} from={plan.name} to={wanted} />}
      <Facts />
      {quotaResetsAt && quotas.length > 0 && <QuotaUseCard quotas={quotas} resetsAt={quotaResetsAt} />}
      {mayManage && status === 'active' && offers.length > 0 && <PlanOffers offers={offers} />}
      <Fees />
      {mayManage && <Ending />}
    </>
  );
}

/** What has to be known, and done, before anything else. */
function Notices() {
  const { t } = useTranslation('payments');
  const { t: buyerText } = useTranslation('buyer');
  const { date, money } = useFormats();
  const { subscription, mayManage, mayPay } = useLoaderData<typeof loader>();
  const { status, plan, currentPeriodEnd, cancelAtPeriodEnd, pendingPlan, graceUntil, trialEndsAt, nextFee } =
    subscription;
  const end = currentPeriodEnd ? date(currentPeriodEnd) : '';
  const undo = mayManage && (
    <Form method="post" className="mt-3">
      <SubmitButton intent="resume" variant="secondary" size="sm">
        {t('notice.undo')}
      </SubmitButton>
    </Form>
  );
  return (
    <>
      {status === 'pending_payment' && (
        <Alert tone="warning" title={t('notice.unpaidTitle')}>
          {t('notice.unpaid', { plan: plan.name })}
          {mayManage && (
            <Form method="post" className="mt-3">
              <SubmitButton intent="pay" size="sm">
                {buyerText('subscriptions.pay')}
              </SubmitButton>
            </Form>
          )}
        </Alert>
      )}
      {status === 'past_due' && (
        <Alert tone="danger" title={t('notice.pastDueTitle')}>
          <p>{t('notice.pastDue', { date: graceUntil ? date(graceUntil) : '' })}</p>
          {mayPay && (
            <ButtonLink to="/buyer/payment-methods" size="sm" className="mt-3">
              {t('notice.toMethods')}
            </ButtonLink>
          )}
        </Alert>
      )}
      {status === 'active' && cancelAtPeriodEnd && (
        <Alert tone="warning" title={t('notice.endsTitle', { date: end })}>
          {t('notice.ends')}
          {undo}
        </Alert>
      )}
      {status === 'active' && pendingPlan && (
        <Alert tone="info" title={t('notice.changesTitle', { plan: pendingPlan.name, date: end })}>
          {t('notice.changes', { plan: plan.name })}
          {undo}
        </Alert>
      )}
      {status === 'active' && trialEndsAt && !cancelAtPeriodEnd && (
        <Alert tone="info" title={t('notice.trialTitle', { date: date(trialEndsAt) })}>
          {nextFee && t('notice.trial', { fee: money(nextFee.amountNanos) })}
        </Alert>
      )}
      {nextFee?.changesFrom != null && (
        <Alert tone="warning" title={t('notice.priceTitle', { date: date(nextFee.at) })}>
          {t('notice.price', { from: money(nextFee.changesFrom), to: money(nextFee.amountNanos) })}
        </Alert>
      )}
    </>
  );
}

function Facts() {
  const { t } = useTranslation('payments');
  const { subscription } = useLoaderData<typeof loader>();
  const { plan, status, nextFee, ownKeys, createdAt } = subscription;
  return (
    <Card>
      <CardHeader title={t('facts.title')} />
      <CardBody>
        <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
          <dt className="text-muted">{t('facts.status')}</dt>
          <dd>
            <StatusBadge noun="subscription" status={status} />{' '}
            <span className="text-muted">
              <SubscriptionState subscription={subscription} />
            </span>
          </dd>
          <dt className="text-muted">{t('facts.price')}</dt>
          <dd className="font-medium">
            <PlanPrice plan={plan} />
          </dd>
          {nextFee && (
            <>
              <dt className="text-muted">{t('facts.nextFee')}</dt>
              <dd className="font-medium">
                <Money nanos={nextFee.amountNanos} currency={nextFee.currency} />{' '}
                <span className="text-muted font-normal">
                  <DateTime value={nextFee.at} timeStyle={null} />
                </span>
              </dd>
            </>
          )}
          <dt className="text-muted">{t('facts.keys')}</dt>
          <dd>{t('facts.keyCount', { count: ownKeys })}</dd>
          <dt className="text-muted">{t('facts.since')}</dt>
          <dd>
            <DateTime value={createdAt} timeStyle={null} />
          </dd>
        </dl>
      </CardBody>
    </Card>
  );
}

function Fees() {
  const { t } = useTranslation('payments');
  const { subscription } = useLoaderData<typeof loader>();
  return (
    <Card>
      <CardHeader title={t('fees.title')} description={t('fees.description')} />
      <Table
        caption={t('fees.title')}
        rows={subscription.fees}
        rowKey={(row) => row.id}
        columns={[
          { key: 'paidAt', header: t('fees.paidAt'), render: (row) => <DateTime value={row.paidAt} /> },
          {
            key: 'period',
            header: t('fees.period'),
            render: (row) => (
              <>
                <DateTime value={row.periodStart} timeStyle={null} />
                {' – '}
                <DateTime value={row.periodEnd} timeStyle={null} />
              </>
            ),
          },
          {
            key: 'refunded',
            header: t('fees.refunded'),
            align: 'end',
            render: (row) => <Money nanos={row.refundedNanos} currency={row.currency} />,
          },
          {
            key: 'amount',
            header: t('fees.amount'),
            align: 'end',
            render: (row) => <Money nanos={row.amountNanos} currency={row.currency} />,
          },
        ]}
        empty={
          <EmptyState icon={Receipt} title={t('fees.empty')}>
            {t('fees.emptyText')}
          </EmptyState>
        }
      />
    </Card>
  );
}

function Ending() {
  const { t } = useTranslation('payments');
  const { t: buyerText } = useTranslation('buyer');
  const { date } = useFormats();
  const { subscription } = useLoaderData<typeof loader>();
  const { status, service, ownKeys, currentPeriodEnd, cancelAtPeriodEnd } = subscription;
  if (status === 'canceled' || cancelAtPeriodEnd) return null;
  // Only what is paid for runs to its end; everything else ends at once.
  const isPaid = status === 'active' && currentPeriodEnd !== null;
  return (
    <Card>
      <CardHeader
        title={t('ending.title')}
        description={t(isPaid ? 'ending.atEnd' : 'ending.atOnce')}
        actions={
          <ConfirmDialog
            triggerLabel={buyerText('subscriptions.cancel')}
            title={buyerText('subscriptions.cancelTitle', { service: service.name })}
            description={
              isPaid
                ? buyerText('subscriptions.cancelAtEnd', { count: ownKeys, date: date(currentPeriodEnd) })
                : buyerText('subscriptions.cancelNow', { count: ownKeys })
            }
            confirmLabel={buyerText('subscriptions.confirmCancel')}
            fields={{ intent: 'cancel' }}
          />
        }
      />
      <CardBody />
    </Card>
  );
}
