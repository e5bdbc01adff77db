import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import type { PlanChangeKind, PlanChangePreview } from '../../domain/subscriptions/index.ts';
import { NANOS_PER_CENT } from '../../lib/money.ts';
import { PlanPrice } from '../pricing/plan-price.tsx';
import { Badge } from '../ui/badge.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { DateTime, Money } from '../ui/format.tsx';

export interface PlanOffersProps {
  offers: { plan: PlanWithPrice; kind: PlanChangeKind }[];
}

/** The plans of the same API that one could move to; asking what a move costs changes nothing yet. */
export function PlanOffers({ offers }: PlanOffersProps) {
  const { t } = useTranslation('payments');
  return (
    <Card>
      <CardHeader title={t('change.title')} description={t('change.description')} />
      <ul className="divide-line divide-y">
        {offers.map(({ plan, kind }) => (
          <li key={plan.id} className="flex flex-wrap items-center justify-between gap-4 px-5 py-4 sm:px-6">
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {plan.name} <Badge>{t(`change.when.${kind}`)}</Badge>
              </p>
              <p className="text-muted mt-1 text-sm">
                <PlanPrice plan={plan} />
              </p>
            </div>
            <Form method="post">
              <input type="hidden" name="planId" value={plan.id} />
              <SubmitButton intent="preview" variant="secondary" size="sm">
                {t('change.preview')}
              </SubmitButton>
            </Form>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export interface PlanChangeReviewProps {
  preview: PlanChangePreview;
  from: string;
  to: Pick<PlanWithPrice, 'id' | 'name'>;
}

/** What a move costs and when it counts, before it happens. */
export function PlanChangeReview({ preview, from, to }: PlanChangeReviewProps) {
  const { t } = useTranslation('payments');
  const { kind, currency, dueTodayNanos, nextFeeNanos, nextFeeAt, effectiveAt, prorationDate } = preview;
  return (
    <Card>
      <CardHeader
        title={t('change.reviewTitle', { plan: to.name })}
        description={t('change.from', { plan: from })}
      />
      <CardBody className="grid gap-5">
        <dl className="grid gap-x-6 gap-y-3 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
          <dt className="text-muted">{t('change.counts')}</dt>
          <dd className="font-medium">
            {effectiveAt ? (
              <DateTime value={effectiveAt} />
            ) : (
              t(kind === 'checkout' ? 'change.afterPayment' : 'change.now')
            )}
          </dd>
          <dt className="text-muted">{t('change.dueToday')}</dt>
          <dd className="font-medium">
            {dueTodayNanos === null ? (
              t('change.onPage')
            ) : (
              <Money nanos={dueTodayNanos} currency={currency} />
            )}
          </dd>
          <dt className="text-muted">{t('change.nextFee')}</dt>
          <dd className="font-medium">
            {nextFeeNanos === 0n ? t('change.noFee') : <Money nanos={nextFeeNanos} currency={currency} />}{' '}
            {nextFeeAt && nextFeeNanos > 0n && (
              <span className="text-muted font-normal">
                <DateTime value={nextFeeAt} timeStyle={null} />
              </span>
            )}
          </dd>
        </dl>
        <p className="text-muted text-sm">{t(`change.explain.${kind}`)}</p>
        <Form method="post">
          <input type="hidden" name="planId" value={to.id} />
          {prorationDate !== null && <input type="hidden" name="prorationDate" value={prorationDate} />}
          {dueTodayNanos !== null && kind === 'upgrade' && (
            <input type="hidden" name="expectedCents" value={(dueTodayNanos / NANOS_PER_CENT).toString()} />
          )}
          <SubmitButton intent="change">
            {t(kind === 'checkout' ? 'change.toPayment' : 'change.confirm', { plan: to.name })}
          </SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}
