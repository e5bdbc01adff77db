/** What happens when somebody sends the form of the hosted page. */
import { beginSubscription } from '../billing/subscriptions.ts';
import { redeemCoupon } from '../billing/discounts.ts';
import { expireSession } from '../billing/run-due.ts';
import { coreOfCustomer, emitEvent, mergeMetadata, pageUrl, type SandboxCore } from '../core.ts';
import type { CheckoutSession, Customer, PaymentIntent, PaymentMethod, SetupIntent } from '../objects.ts';
import { AUTHENTICATION_REQUIRED, type CardRefusal } from '../payments/charge-card.ts';
import { confirmPayment, createPayment } from '../payments/confirm-payment.ts';
import { confirmSetup, createSetup } from '../payments/confirm-setup.ts';
import { attachCard, createCard } from '../payments/payment-methods.ts';
import { findTestCard, refusalError, type CheckedCard } from '../test-cards.ts';
import { addTaxId, createCustomerObject } from '../resources/customers.ts';

export type CheckoutResult =
  | { outcome: 'paid' | 'closed'; session: CheckoutSession }
  | { outcome: 'declined'; session: CheckoutSession; refusal: CardRefusal }
  /** The bank wants to see its customer; the address of that page. */
  | { outcome: 'challenge'; session: CheckoutSession; url: string };

export interface CheckoutForm {
  /** A new card, one that was saved before, or none where nothing is due. */
  card: CheckedCard | { saved: string } | null;
  taxId?: { type: string; value: string } | null;
  businessName?: string | null;
}

/** The session, locked; one past its time is expired first. */
export async function lockSession(core: SandboxCore, id: string): Promise<CheckoutSession> {
  const session = await core.state.lock<CheckoutSession>('checkout.session', id);
  if (session.status !== 'open' || core.now() < session.expires_at) return session;
  return expireSession(core, session);
}

/** Charges the card for the session. A session that is not open any more is left as it is. */
export async function completeCheckout(
  outer: SandboxCore,
  sessionId: string,
  form: CheckoutForm,
  authenticated?: boolean,
): Promise<CheckoutResult> {
  const session = await lockSession(outer, sessionId);
  if (session.status !== 'open') return { outcome: 'closed', session };
  const core = await coreOfCustomer(outer, session.customer);
  const customer = session.customer ?? (await createGuest(core, session));
  const method = await methodOf(core, form);
  const owned: CheckoutSession = { ...session, customer };
  const result = await settle(core, owned, method, authenticated);
  if ('refusal' in result) {
    const updated = await core.state.put<CheckoutSession>({ ...session, ...result.changes });
    return { outcome: 'declined', session: updated, refusal: result.refusal };
  }
  if ('ask' in result) {
    const updated = await core.state.put<CheckoutSession>({
      ...session,
      ...result.changes,
      sandbox: {
        ...session.sandbox,
        waiting: { method: method?.id ?? '', form: { taxId: form.taxId, businessName: form.businessName } },
      },
    });
    return { outcome: 'challenge', session: updated, url: pageUrl(core, `challenge/${session.id}`) };
  }
  if (form.taxId) await addTaxId(core, customer, form.taxId.type, form.taxId.value);
  const known = await core.state.find<Customer>('customer', customer);
  const complete = await core.state.put<CheckoutSession>({
    ...owned,
    ...result.changes,
    customer_details: {
      address: known?.address ?? null,
      business_name: form.businessName ?? null,
      email: known?.email ?? null,
      individual_name: null,
      name: form.businessName ?? known?.name ?? null,
      phone: null,
      tax_exempt: known?.tax_exempt ?? 'none',
      tax_ids: form.taxId ? [form.taxId as never] : [],
    },
    status: 'complete',
    payment_status:
      session.mode === 'setup' || (session.amount_total ?? 0) === 0 ? 'no_payment_required' : 'paid',
    url: null,
    sandbox: { ...session.sandbox, dueAt: null, waiting: null },
  });
  await emitEvent(core, 'checkout.session.completed', complete);
  return { outcome: 'paid', session: complete };
}

/** After the bank's page: goes on with the card that was waiting. */
export async function completeChallenge(
  core: SandboxCore,
  sessionId: string,
  passed: boolean,
): Promise<CheckoutResult> {
  const session = await lockSession(core, sessionId);
  const { waiting } = session.sandbox;
  if (session.status !== 'open' || !waiting) return { outcome: 'closed', session };
  return completeCheckout(core, sessionId, { ...waiting.form, card: { saved: waiting.method } }, passed);
}

async function createGuest(core: SandboxCore, session: CheckoutSession): Promise<string> {
  return (await createCustomerObject(core, { email: session.customer_email ?? undefined })).id;
}

async function methodOf(core: SandboxCore, { card }: CheckoutForm): Promise<PaymentMethod | null> {
  if (card === null) return null;
  if ('saved' in card) return core.state.get<PaymentMethod>('payment_method', card.saved);
  return createCard(core, card);
}

type Settled =
  | { changes: Partial<CheckoutSession> }
  | { changes: Partial<CheckoutSession>; refusal: CardRefusal }
  | { changes: Partial<CheckoutSession>; ask: true };

async function settle(
  core: SandboxCore,
  session: CheckoutSession,
  method: PaymentMethod | null,
  authenticated: boolean | undefined,
): Promise<Settled> {
  if (session.mode === 'setup') return save(core, session, method, authenticated);
  if (session.mode === 'subscription') return subscribe(core, session, method, authenticated);
  return pay(core, session, method, authenticated);
}

async function pay(
  core: SandboxCore,
  session: CheckoutSession,
  method: PaymentMethod | null,
  authenticated: boolean | undefined,
): Promise<Settled> {
  if (session.amount_total === 0) return { changes: { ...(await redeemAll(core, session)) } };
  const data = session.sandbox.paymentData;
  // A refused attempt leaves a payment that the next attempt goes on with.
  const payment = session.payment_intent
    ? await core.state.lock<PaymentIntent>('payment_intent', session.payment_intent)
    : await createPayment(core, {
        amount: session.amount_total ?? 0,
        currency: session.currency ?? 'usd',
        customer: session.customer,
        metadata: mergeMetadata({}, data.metadata),
        description: data.description,
        receiptEmail: data.receipt_email,
        transferGroup: data.transfer_group,
        setupFutureUsage: data.setup_future_usage,
        session: session.id,
      });
  const changes = { payment_intent: payment.id };
  const confirmed = await confirmPayment(core, payment, {
    paymentMethod: method?.id,
    offSession: false,
    returnUrl: session.success_url,
    authenticated,
  });
  if (confirmed.refusal) return { changes, refusal: confirmed.refusal };
  if (confirmed.payment.status === 'requires_action') return { changes, ask: true };
  return { changes: { ...changes, ...(await redeemAll(core, session)) } };
}

async function redeemAll(core: SandboxCore, session: CheckoutSession): Promise<object> {
  for (const choice of session.sandbox.discounts)
    await redeemCoupon(core, choice, { customer: session.customer, session: session.id });
  return {};
}

/** Nothing exists at Stripe before the first payment, or the card of a trial, is fine. */
async function subscribe(
  core: SandboxCore,
  session: CheckoutSession,
  method: PaymentMethod | null,
  authenticated: boolean | undefined,
): Promise<Settled> {
  const data = session.sandbox.subscriptionData;
  const isDue = (session.amount_total ?? 0) > 0;
  const problem = method ? checkFirst(method, isDue, authenticated) : null;
  if (problem === 'ask') return { changes: {}, ask: true };
  if (problem) return { changes: {}, refusal: problem };
  const saved = method ? await saveCard(core, method, session.customer ?? '') : null;
  const trialEnd =
    data.trial_end ?? (data.trial_period_days ? core.now() + data.trial_period_days * 86_400 : null);
  const { subscription, invoice } = await beginSubscription(
    core,
    {
      customer: session.customer ?? '',
      items: session.sandbox.lines
        .filter(({ price }) => price.recurring !== null)
        .map(({ price, quantity }) => ({ price, quantity })),
      metadata: mergeMetadata({}, data.metadata),
      description: data.description,
      trialEnd,
      missingMethod: data.trial_settings?.end_behavior.missing_payment_method,
      billingCycleAnchor: data.billing_cycle_anchor,
      prorates: data.proration_behavior !== 'none',
      defaultPaymentMethod: saved?.id ?? null,
      discounts: async (subscriptionId) => {
        const ids: string[] = [];
        for (const choice of session.sandbox.discounts) {
          const owner = { customer: session.customer, subscription: subscriptionId, session: session.id };
          ids.push((await redeemCoupon(core, choice, owner)).id);
        }
        return ids;
      },
    },
    { authenticated: true },
  );
  return { changes: { subscription: subscription.id, invoice: invoice.id } };
}

function checkFirst(
  method: PaymentMethod,
  isDue: boolean,
  authenticated: boolean | undefined,
): CardRefusal | 'ask' | null {
  const card = findTestCard(method.sandbox.number);
  if (!card) return AUTHENTICATION_REQUIRED;
  if (authenticated === false) {
    return {
      code: 'payment_intent_authentication_failure',
      message: 'The provided PaymentMethod has failed authentication.',
    };
  }
  if (card.authentication !== 'never' && !authenticated) return 'ask';
  const isRefused = card.refusal !== null && (isDue || !card.attaches);
  return isRefused && card.refusal ? refusalError(card.refusal) : null;
}

async function saveCard(core: SandboxCore, method: PaymentMethod, customer: string): Promise<PaymentMethod> {
  const attached = await attachCard(core, method, customer);
  return core.state.put<PaymentMethod>({ ...attached, sandbox: { ...attached.sandbox, isSetUp: true } });
}

async function save(
  core: SandboxCore,
  session: CheckoutSession,
  method: PaymentMethod | null,
  authenticated: boolean | undefined,
): Promise<Settled> {
  const data = session.sandbox.setupData;
  const setup = session.setup_intent
    ? await core.state.lock<SetupIntent>('setup_intent', session.setup_intent)
    : await createSetup(core, {
        customer: session.customer,
        metadata: mergeMetadata({}, data.metadata),
        description: data.description,
      });
  const result = await confirmSetup(core, setup, {
    paymentMethod: method?.id,
    returnUrl: session.success_url,
    authenticated,
  });
  const changes = { setup_intent: setup.id };
  if (result.refusal) return { changes, refusal: result.refusal };
  if (result.setup.status === 'requires_action') return { changes, ask: true };
  return { changes };
}
