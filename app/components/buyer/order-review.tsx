import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { Badge } from '../ui/badge.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { cn } from '../ui/cn.ts';
import { Money } from '../ui/format.tsx';
import { paymentWay } from '../pricing/payment-way.ts';
import { PlanPrice } from '../pricing/plan-price.tsx';
import { useFormats } from './use-formats.ts';

/** Plans as links: choosing one is an address, so it needs no script and can be shared. */
export function PlanChoice({ plans, selectedId }: { plans: readonly PlanWithPrice[]; selectedId: string }) {
  const { t } = useTranslation('buyer');
  return (
    <nav aria-label={t('subscribe.choosePlan')}>
      <h2 className="mb-3 text-lg font-semibold">{t('subscribe.choosePlan')}</h2>
      <ul className="grid gap-3">
        {plans.map((plan) => {
          const isSelected = plan.id === selectedId;
          return (
            <li key={plan.id}>
              <Link
                to={`?plan=${plan.id}`}
                replace
                preventScrollReset
                aria-current={isSelected ? 'true' : undefined}
                className={cn(
                  'bg-surface block min-w-0 rounded-lg border p-4',
                  isSelected ? 'border-brand ring-brand ring-1' : 'border-line hover:bg-sunken',
                )}
              >
                <span className="flex flex-wrap items-center justify-between gap-2">
                  <span className="font-semibold">{plan.name}</span>
                  {isSelected && <Badge tone="info">{t('subscribe.selectedPlan')}</Badge>}
                </span>
                <span className="mt-1 block text-sm">
                  <PlanPrice plan={plan} />
                </span>
                {plan.description && (
                  <span className="text-muted mt-1 block text-sm">{plan.description}</span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

const PAYMENT = {
  free: 'subscribe.paymentNone',
  flat: 'subscribe.paymentCheckout',
  per_call: 'subscribe.paymentWallet',
  per_token: 'subscribe.paymentWallet',
  mixed: 'subscribe.paymentMixed',
} as const;

export interface OrderReviewProps {
  plan: PlanWithPrice;
  wallet: { availableNanos: bigint; currency: string };
  /** The form that places the order, or why there is none. */
  children: ReactNode;
}

/** What is bought, what it costs and what happens, before anything happens. */
export function OrderReview({ plan, wallet, children }: OrderReviewProps) {
  const { t } = useTranslation('buyer');
  const { number } = useFormats();
  const way = paymentWay(plan);
  const isMetered = way !== 'free' && way !== 'flat';
  return (
    <Card>
      <CardHeader title={t('subscribe.review')} />
      <CardBody className="grid gap-5">
        <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
          <Line label={t('subscribe.plan')}>
            {plan.name} <Badge>{t(`common:planKind.${plan.kind}`)}</Badge>
          </Line>
          <Line label={t('subscribe.price')}>
            <PlanPrice plan={plan} />
          </Line>
          <Line label={t('subscribe.limit')}>
            {plan.requestsPerMinute === null
              ? t('subscribe.limitDefault')
              : t('subscribe.limitValue', {
                  count: plan.requestsPerMinute,
                  calls: number(plan.requestsPerMinute),
                })}
          </Line>
          <Line label={t('subscribe.payment')}>{t(PAYMENT[way])}</Line>
          {isMetered && (
            <Line label={t('subscribe.balance')}>
              <Money nanos={wallet.availableNanos} currency={wallet.currency} />
            </Line>
          )}
        </dl>
        <div className="text-sm">
          <h3 className="font-medium">{t('subscribe.whatHappens')}</h3>
          <p className="text-muted mt-1">
            {t(`subscribe.next.${way}`)} {t('subscribe.cancelAnyTime')}
          </p>
        </div>
        {children}
      </CardBody>
    </Card>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 font-medium">{children}</dd>
    </>
  );
}
