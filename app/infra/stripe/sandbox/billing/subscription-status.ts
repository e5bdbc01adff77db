/** What becomes of a subscription when an invoice of it is paid or is not. */
import { emitEvent, type SandboxCore } from '../core.ts';
import type { Invoice, Subscription } from '../objects.ts';

const DAY = 86_400;
const HOURS_TO_COMPLETE = 23;
const TRIAL_NOTICE_DAYS = 3;

/** When the engine has to look at the subscription again. */
export function dueAtOf(subscription: Subscription): number | null {
  const { status, items, cancel_at, trial_end, sandbox, created } = subscription;
  if (status === 'incomplete') return created + HOURS_TO_COMPLETE * 3_600;
  if (status !== 'active' && status !== 'past_due' && status !== 'trialing') return null;
  const moments = items.data.map((item) => item.current_period_end);
  if (cancel_at !== null) moments.push(cancel_at);
  if (status === 'trialing' && trial_end !== null && !sandbox.isTrialEndAnnounced)
    moments.push(trial_end - TRIAL_NOTICE_DAYS * DAY);
  return Math.min(...moments);
}

export function putSubscription(core: SandboxCore, subscription: Subscription): Promise<Subscription> {
  return core.state.put<Subscription>({
    ...subscription,
    sandbox: { ...subscription.sandbox, dueAt: dueAtOf(subscription) },
  });
}

/** The subscription an invoice is for, locked. */
async function subscriptionOf(core: SandboxCore, invoice: Invoice): Promise<Subscription | null> {
  const id = invoice.parent?.subscription_details?.subscription;
  return id ? core.state.lock<Subscription>('subscription', String(id)) : null;
}

export async function recoverSubscription(core: SandboxCore, invoice: Invoice): Promise<void> {
  const subscription = await subscriptionOf(core, invoice);
  if (!subscription) return;
  const isWaiting = subscription.status === 'incomplete' || subscription.status === 'past_due';
  if (!isWaiting && subscription.status !== 'unpaid') return;
  // An older debt does not stop the newest invoice from bringing the subscription back.
  if (subscription.latest_invoice !== null && subscription.latest_invoice !== invoice.id) return;
  const active = await putSubscription(core, { ...subscription, status: 'active' });
  await emitEvent(core, 'customer.subscription.updated', active, {
    previous: { status: subscription.status },
  });
}

/** @param isLast no further attempt follows: the subscription ends. */
export async function subscriptionPaymentFailed(
  core: SandboxCore,
  invoice: Invoice,
  isLast: boolean,
): Promise<void> {
  const subscription = await subscriptionOf(core, invoice);
  if (!subscription) return;
  if (subscription.status === 'active') {
    const late = await putSubscription(core, { ...subscription, status: 'past_due' });
    await emitEvent(core, 'customer.subscription.updated', late, { previous: { status: 'active' } });
  } else if (subscription.status === 'past_due' && isLast) {
    await endSubscription(core, subscription, 'payment_failed');
  }
}

export async function endSubscription(
  core: SandboxCore,
  subscription: Subscription,
  reason: 'payment_failed' | 'cancellation_requested' | 'payment_disputed',
): Promise<Subscription> {
  const now = core.now();
  const ended = await putSubscription(core, {
    ...subscription,
    status: 'canceled',
    cancel_at_period_end: false,
    canceled_at: subscription.canceled_at ?? now,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason },
    ended_at: now,
  });
  await emitEvent(core, 'customer.subscription.deleted', ended);
  await stopCollecting(core, ended);
  return ended;
}

/** Open invoices of an ended subscription are left, but nobody tries them any more. */
async function stopCollecting(core: SandboxCore, subscription: Subscription): Promise<void> {
  const invoices = await core.state.list<Invoice>('invoice', {
    match: { customer: subscription.customer, auto_advance: true },
  });
  for (const invoice of invoices) {
    if (invoice.parent?.subscription_details?.subscription !== subscription.id) continue;
    if (invoice.status !== 'open' && invoice.status !== 'draft') continue;
    await core.state.put<Invoice>({
      ...invoice,
      auto_advance: false,
      next_payment_attempt: null,
      sandbox: { ...invoice.sandbox, dueAt: null },
    });
  }
}
