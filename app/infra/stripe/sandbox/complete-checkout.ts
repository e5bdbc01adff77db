/** What happens when somebody pays on the hosted page. */
import { emitEvent, newBase, unixSeconds, type SandboxCore } from './core.ts';
import type { Invoice, PaymentIntent, Price, StoredSession, Subscription } from './objects.ts';
import { lockSession } from './resources/checkout-sessions.ts';
import type { CardAnswer } from './test-cards.ts';

export type CheckoutResult =
  | { outcome: 'paid' | 'closed'; session: StoredSession }
  | { outcome: 'declined'; session: StoredSession; declineCode: string };

/** Charges the card for the session. A session that is not open any more is left as it is. */
export async function completeCheckout(
  core: SandboxCore,
  sessionId: string,
  card: CardAnswer,
): Promise<CheckoutResult> {
  const session = await lockSession(core, sessionId);
  if (session.status !== 'open') return { outcome: 'closed', session };
  if (card.declineCode !== null) return decline(core, session, card.declineCode);
  const paid =
    session.mode === 'payment' ? await payOnce(core, session) : await startSubscription(core, session);
  const complete = await core.state.put<StoredSession>({
    ...session,
    ...paid,
    status: 'complete',
    payment_status: 'paid',
    url: null,
  });
  await emitEvent(core, 'checkout.session.completed', complete);
  return { outcome: 'paid', session: complete };
}

/** The session's payment; a declined attempt leaves one that the next attempt goes on with. */
async function paymentOf(core: SandboxCore, session: StoredSession): Promise<PaymentIntent> {
  if (session.payment_intent) return core.state.get<PaymentIntent>('payment_intent', session.payment_intent);
  return {
    ...newBase(core, 'pi', 'payment_intent'),
    amount: session.amount_total,
    amount_received: 0,
    currency: session.currency,
    customer: session.customer,
    last_payment_error: null,
    metadata: session.sandbox.paymentMetadata,
    status: 'requires_payment_method',
  };
}

async function decline(
  core: SandboxCore,
  session: StoredSession,
  declineCode: string,
): Promise<CheckoutResult> {
  // A subscription's first payment hangs on an invoice that does not exist before it succeeds.
  if (session.mode === 'subscription') return { outcome: 'declined', session, declineCode };
  const payment = await core.state.put<PaymentIntent>({
    ...(await paymentOf(core, session)),
    last_payment_error: {
      type: 'card_error',
      code: 'card_declined',
      decline_code: declineCode,
      message: 'Your card was declined.',
    },
  });
  const updated = await core.state.put<StoredSession>({ ...session, payment_intent: payment.id });
  await emitEvent(core, 'payment_intent.payment_failed', payment);
  return { outcome: 'declined', session: updated, declineCode };
}

async function payOnce(core: SandboxCore, session: StoredSession): Promise<Partial<StoredSession>> {
  const payment = await core.state.put<PaymentIntent>({
    ...(await paymentOf(core, session)),
    amount_received: session.amount_total,
    last_payment_error: null,
    status: 'succeeded',
  });
  await emitEvent(core, 'payment_intent.succeeded', payment);
  return { payment_intent: payment.id };
}

async function startSubscription(core: SandboxCore, session: StoredSession): Promise<Partial<StoredSession>> {
  const now = unixSeconds(core.clock);
  const periodEnd = addInterval(now, session.sandbox.lines[0]?.interval ?? 'month');
  const base = newBase(core, 'sub', 'subscription');
  const metadata = session.sandbox.subscriptionMetadata;
  const invoice = await core.state.put<Invoice>({
    ...newBase(core, 'in', 'invoice'),
    amount_due: session.amount_total,
    amount_paid: session.amount_total,
    amount_remaining: 0,
    billing_reason: 'subscription_create',
    currency: session.currency,
    customer: session.customer,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { subscription: base.id, metadata },
    },
    period_start: now,
    period_end: periodEnd,
    status: 'paid',
    status_transitions: { paid_at: now },
    total: session.amount_total,
  });
  const lines = session.sandbox.lines.filter(
    (line): line is typeof line & { price: Price } => line.price !== null,
  );
  const subscription = await core.state.put<Subscription>({
    ...base,
    cancel_at_period_end: false,
    canceled_at: null,
    currency: session.currency,
    customer: session.customer,
    ended_at: null,
    items: {
      object: 'list',
      data: lines.map(({ price, quantity }) => ({
        id: newBase(core, 'si', 'subscription_item').id,
        object: 'subscription_item',
        current_period_start: now,
        current_period_end: periodEnd,
        price,
        quantity,
      })),
      has_more: false,
    },
    latest_invoice: invoice.id,
    metadata,
    start_date: now,
    status: 'active',
  });
  await emitEvent(core, 'customer.subscription.created', subscription);
  await emitEvent(core, 'invoice.paid', invoice);
  return { subscription: subscription.id, invoice: invoice.id };
}

/** The same day a month or a year later, or the last day of that month. */
function addInterval(seconds: number, interval: 'month' | 'year'): number {
  const start = new Date(seconds * 1000);
  const end = new Date(start);
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + (interval === 'year' ? 12 : 1));
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  return Math.floor(end.getTime() / 1000);
}
