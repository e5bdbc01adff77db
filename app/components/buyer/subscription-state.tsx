import { useTranslation } from 'react-i18next';
import type { SubscriptionView } from '../../domain/subscriptions/index.ts';
import { useFormats } from './use-formats.ts';

type State = Pick<
  SubscriptionView,
  | 'status'
  | 'createdAt'
  | 'canceledAt'
  | 'currentPeriodEnd'
  | 'cancelAtPeriodEnd'
  | 'trialEndsAt'
  | 'graceUntil'
  | 'pendingPlanId'
>;

/** In one line where a subscription stands: what it waits for, and until when. */
export function SubscriptionState({ subscription }: { subscription: State }) {
  const { t } = useTranslation('payments');
  const { date } = useFormats();
  const { status, createdAt, canceledAt, currentPeriodEnd, cancelAtPeriodEnd, trialEndsAt, graceUntil } =
    subscription;
  if (status === 'canceled') return canceledAt && t('state.ended', { date: date(canceledAt) });
  if (status === 'pending_payment') return t('state.unpaid');
  if (status === 'past_due') return graceUntil && t('state.pastDue', { date: date(graceUntil) });
  if (!currentPeriodEnd) return t('state.since', { date: date(createdAt) });
  const end = { date: date(currentPeriodEnd) };
  if (cancelAtPeriodEnd) return t('state.ends', end);
  if (subscription.pendingPlanId) return t('state.changes', end);
  if (trialEndsAt) return t('state.trial', { date: date(trialEndsAt) });
  return t('state.renews', end);
}
