/** The life of a payment intent: https://docs.stripe.com/payments/paymentintents/lifecycle */
import { emitEvent, newBase, pageUrl, withoutPrivateParts, type SandboxCore } from '../core.ts';
import type { PaymentIntent, PaymentMethod } from '../objects.ts';
import { cardError, invalidRequest, type SandboxError } from '../sandbox-error.ts';
import {
  AUTHENTICATION_REQUIRED,
  cardOf,
  chargeCard,
  disputeIfAsked,
  type CardRefusal,
} from './charge-card.ts';
import { attachCard, resolvePaymentMethod, shownMethod } from './payment-methods.ts';

/** Stripe's smallest charge in US dollars. */
export const SMALLEST_CHARGE_CENTS = 50;

export interface NewPayment {
  amount: number;
  currency: string;
  customer: string | null;
  metadata?: Record<string, string>;
  description?: string | null;
  receiptEmail?: string | null;
  transferGroup?: string | null;
  setupFutureUsage?: PaymentIntent['setup_future_usage'];
  paymentMethod?: string | null;
  invoice?: string | null;
  session?: string | null;
}

export async function createPayment(core: SandboxCore, fields: NewPayment): Promise<PaymentIntent> {
  if (fields.amount < SMALLEST_CHARGE_CENTS) {
    throw invalidRequest('Amount must be at least $0.50 usd', 'amount', 'amount_too_small');
  }
  const base = newBase(core, 'pi', 'payment_intent');
  const payment = await core.state.put<PaymentIntent>({
    ...base,
    allowed_payment_method_types: null,
    amount: fields.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { allow_redirects: 'always', enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${base.id}_secret_${base.id.slice(-12)}`,
    confirmation_method: 'automatic',
    currency: fields.currency,
    customer: fields.customer,
    customer_account: null,
    description: fields.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    managed_payments: null,
    metadata: fields.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: fields.paymentMethod ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: fields.receiptEmail ?? null,
    review: null,
    setup_future_usage: fields.setupFutureUsage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: fields.paymentMethod ? 'requires_confirmation' : 'requires_payment_method',
    transfer_data: null,
    transfer_group: fields.transferGroup ?? null,
    sandbox: {
      offSession: false,
      invoice: fields.invoice ?? null,
      session: fields.session ?? null,
      clock: core.testClock,
    },
  });
  await emitEvent(core, 'payment_intent.created', payment);
  return payment;
}

export interface ConfirmOptions {
  paymentMethod?: string | null;
  offSession?: boolean;
  /** Where the challenge's page goes back to. */
  returnUrl?: string | null;
  /** The cardholder has just passed (true) or failed (false) the bank's challenge. */
  authenticated?: boolean;
  setupFutureUsage?: PaymentIntent['setup_future_usage'];
}

export interface Confirmed {
  payment: PaymentIntent;
  /** Null unless the bank said no. */
  refusal: CardRefusal | null;
}

const AUTHENTICATION_FAILED: CardRefusal = {
  code: 'payment_intent_authentication_failure',
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
};

/** Tries the card. Whatever comes out is stored; `refusal` says whether it was a no. */
export async function confirmPayment(
  core: SandboxCore,
  before: PaymentIntent,
  options: ConfirmOptions,
): Promise<Confirmed> {
  const isOpen =
    before.status === 'requires_payment_method' ||
    before.status === 'requires_confirmation' ||
    before.status === 'requires_action';
  if (!isOpen) {
    throw invalidRequest(
      `You cannot confirm this PaymentIntent because it has already ${before.status === 'succeeded' ? 'succeeded after being previously confirmed' : 'been ' + before.status}.`,
      undefined,
      'payment_intent_unexpected_state',
    );
  }
  const methodId = options.paymentMethod ?? before.payment_method;
  if (!methodId) {
    throw invalidRequest(
      'You cannot confirm this PaymentIntent because it’s missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.',
      undefined,
      'payment_intent_unexpected_state',
    );
  }
  const method = await resolvePaymentMethod(core, methodId);
  if (method.customer !== null && method.customer !== before.customer) {
    throw invalidRequest(
      'The provided PaymentMethod cannot be used with this PaymentIntent: it belongs to another Customer. Please include the Customer in the `customer` parameter on the PaymentIntent.',
      'payment_method',
    );
  }
  const payment: PaymentIntent = {
    ...before,
    payment_method: method.id,
    setup_future_usage: options.setupFutureUsage ?? before.setup_future_usage,
    next_action: null,
    sandbox: { ...before.sandbox, offSession: options.offSession ?? before.sandbox.offSession },
  };
  if (options.authenticated === false) return refuse(core, payment, method, AUTHENTICATION_FAILED);
  const step = options.authenticated ? 'go' : nextStep(method, payment.sandbox.offSession);
  if (step === 'refuse') return refuse(core, payment, method, AUTHENTICATION_REQUIRED);
  if (step === 'ask') return ask(core, payment, options.returnUrl ?? null);
  return charge(core, payment, method);
}

/** Whether the cardholder has to be asked, which nobody can do in absence. */
function nextStep(method: PaymentMethod, offSession: boolean): 'go' | 'ask' | 'refuse' {
  const { authentication } = cardOf(method);
  if (authentication === 'never') return 'go';
  if (!offSession) return 'ask';
  return authentication === 'unless_set_up' && method.sandbox.isSetUp ? 'go' : 'refuse';
}

async function ask(core: SandboxCore, payment: PaymentIntent, returnUrl: string | null): Promise<Confirmed> {
  const url = pageUrl(core, `challenge/${payment.id}`);
  const asking = await core.state.put<PaymentIntent>({
    ...payment,
    status: 'requires_action',
    next_action: returnUrl
      ? { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } }
      : {
          type: 'use_stripe_sdk',
          use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } as never,
        },
  });
  await emitEvent(core, 'payment_intent.requires_action', asking);
  return { payment: asking, refusal: null };
}

async function refuse(
  core: SandboxCore,
  payment: PaymentIntent,
  method: PaymentMethod,
  refusal: CardRefusal,
): Promise<Confirmed> {
  const { charge } = await chargeCard(core, payment, method, refusal);
  return fail(core, payment, method, charge.id, refusal);
}

async function charge(core: SandboxCore, payment: PaymentIntent, method: PaymentMethod): Promise<Confirmed> {
  const { charge: made, refusal } = await chargeCard(core, payment, method, null);
  if (refusal) return fail(core, payment, method, made.id, refusal);
  const succeeded = await core.state.put<PaymentIntent>({
    ...payment,
    amount_received: payment.amount,
    last_payment_error: null,
    latest_charge: made.id,
    status: 'succeeded',
  });
  await emitEvent(core, 'payment_intent.succeeded', succeeded);
  if (payment.setup_future_usage && payment.customer) {
    const attached = await attachCard(core, method, payment.customer);
    const isSetUp = payment.setup_future_usage === 'off_session';
    await core.state.put<PaymentMethod>({ ...attached, sandbox: { ...attached.sandbox, isSetUp } });
  }
  await disputeIfAsked(core, method, made);
  return { payment: succeeded, refusal: null };
}

async function fail(
  core: SandboxCore,
  payment: PaymentIntent,
  method: PaymentMethod,
  chargeId: string,
  refusal: CardRefusal,
): Promise<Confirmed> {
  const failed = await core.state.put<PaymentIntent>({
    ...payment,
    last_payment_error: {
      type: refusal === AUTHENTICATION_FAILED ? 'invalid_request_error' : 'card_error',
      charge: chargeId,
      code: refusal.code,
      ...(refusal.decline_code && { decline_code: refusal.decline_code }),
      message: refusal.message,
      payment_method: shownMethod(method),
    },
    latest_charge: chargeId,
    payment_method: null,
    status: 'requires_payment_method',
  });
  await emitEvent(core, 'payment_intent.payment_failed', failed);
  return { payment: failed, refusal };
}

/** 402 as the API answers a refused payment: with the payment as it now is. */
export function refusalAnswer({ payment, refusal }: Confirmed): SandboxError {
  const error = payment.last_payment_error;
  return cardError({
    code: refusal?.code ?? 'card_declined',
    message: refusal?.message ?? 'Your card was declined.',
    ...(refusal?.decline_code && { decline_code: refusal.decline_code }),
    ...(error?.charge && { charge: error.charge }),
    payment_intent: withoutPrivateParts(payment),
    ...(error?.payment_method && { payment_method: error.payment_method }),
  });
}
