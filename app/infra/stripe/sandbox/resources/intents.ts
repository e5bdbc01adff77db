/** Payment intents and setup intents. */
import { coreOfCustomer, emitEvent, mergeMetadata, type SandboxCore } from '../core.ts';
import { endpoint, listEndpoint, retrieveEndpoint } from '../endpoint.ts';
import { followPayment } from '../follow-payment.ts';
import type { Customer, PaymentIntent, SetupIntent } from '../objects.ts';
import {
  confirmPayment,
  createPayment,
  refusalAnswer,
  type ConfirmOptions,
} from '../payments/confirm-payment.ts';
import { confirmSetup, createSetup, setupRefusal } from '../payments/confirm-setup.ts';
import { cardOf } from '../payments/charge-card.ts';
import { resolvePaymentMethod } from '../payments/payment-methods.ts';
import { cardError, invalidRequest } from '../sandbox-error.ts';

interface ConfirmExtras {
  errorOnAction?: boolean;
}

/** Confirms, lets invoice or checkout know, and answers a refusal as an error. */
async function confirm(
  core: SandboxCore,
  payment: PaymentIntent,
  options: ConfirmOptions,
  { errorOnAction }: ConfirmExtras,
): Promise<PaymentIntent> {
  const confirmed = await confirmPayment(core, payment, options);
  if (confirmed.payment.status === 'requires_action' && errorOnAction) {
    throw cardError({
      code: 'authentication_required',
      message:
        'This payment required an authentication action to complete, but `error_on_requires_action` was set.',
    });
  }
  await followPayment(core, confirmed);
  if (confirmed.refusal) throw refusalAnswer(confirmed);
  return confirmed.payment;
}

const createIntent = endpoint('POST /v1/payment_intents', async (core, params) => {
  if (params.off_session && !params.confirm)
    throw invalidRequest('off_session can only be used with confirm=true.', 'off_session');
  if (params.capture_method === 'manual')
    throw invalidRequest(
      'The sandbox captures at once: capture_method manual is not part of it.',
      'capture_method',
    );
  if (params.return_url && !params.confirm)
    throw invalidRequest('return_url can only be used with confirm=true.', 'return_url');
  const needsReturn =
    params.confirm &&
    !params.off_session &&
    !params.return_url &&
    !params.use_stripe_sdk &&
    !params.error_on_requires_action &&
    params.automatic_payment_methods?.allow_redirects !== 'never' &&
    !params.allowed_payment_method_types;
  if (needsReturn) {
    throw invalidRequest(
      'This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don’t want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.',
    );
  }
  if (params.customer) await core.state.get<Customer>('customer', params.customer);
  const own = await coreOfCustomer(core, params.customer ?? null);
  const method = params.payment_method ? await resolvePaymentMethod(own, params.payment_method) : null;
  const payment = await createPayment(own, {
    amount: params.amount,
    currency: params.currency.toLowerCase(),
    customer: params.customer ?? null,
    metadata: mergeMetadata({}, params.metadata),
    description: params.description,
    receiptEmail: params.receipt_email,
    transferGroup: params.transfer_group,
    setupFutureUsage: params.setup_future_usage,
    paymentMethod: method?.id,
  });
  if (!params.confirm) return payment;
  return confirm(
    own,
    payment,
    { offSession: Boolean(params.off_session), returnUrl: params.return_url },
    { errorOnAction: params.error_on_requires_action },
  );
});

const confirmIntent = endpoint('POST /v1/payment_intents/:id/confirm', async (core, params, { id }) => {
  const payment = await core.state.lock<PaymentIntent>('payment_intent', id);
  const own = await coreOfCustomer(core, payment.customer);
  return confirm(
    own,
    payment,
    {
      paymentMethod: params.payment_method,
      offSession: Boolean(params.off_session),
      returnUrl: params.return_url,
      setupFutureUsage: params.setup_future_usage || undefined,
    },
    { errorOnAction: params.error_on_requires_action },
  );
});

const updateIntent = endpoint('POST /v1/payment_intents/:id', async (core, params, { id }) => {
  const payment = await core.state.lock<PaymentIntent>('payment_intent', id);
  const isOver = payment.status === 'succeeded' || payment.status === 'canceled';
  if (isOver && (params.amount !== undefined || params.payment_method !== undefined)) {
    throw invalidRequest(
      `This PaymentIntent's amount could not be updated because it has a status of ${payment.status}.`,
      undefined,
      'payment_intent_unexpected_state',
    );
  }
  const method = params.payment_method ? await resolvePaymentMethod(core, params.payment_method) : null;
  return core.state.put<PaymentIntent>({
    ...payment,
    amount: params.amount ?? payment.amount,
    description: params.description ?? payment.description,
    metadata: mergeMetadata(payment.metadata, params.metadata),
    payment_method: method?.id ?? payment.payment_method,
    status: method ? 'requires_confirmation' : payment.status,
  });
});

const cancelIntent = endpoint('POST /v1/payment_intents/:id/cancel', async (core, params, { id }) => {
  const payment = await core.state.lock<PaymentIntent>('payment_intent', id);
  if (payment.status === 'succeeded' || payment.status === 'canceled') {
    throw invalidRequest(
      `You cannot cancel this PaymentIntent because it has a status of ${payment.status}.`,
      undefined,
      'payment_intent_unexpected_state',
    );
  }
  const canceled = await core.state.put<PaymentIntent>({
    ...payment,
    status: 'canceled',
    canceled_at: core.now(),
    cancellation_reason: params.cancellation_reason ?? null,
    next_action: null,
  });
  await emitEvent(core, 'payment_intent.canceled', canceled);
  return canceled;
});

async function confirmSetupIntent(
  core: SandboxCore,
  setup: SetupIntent,
  options: { paymentMethod?: string; returnUrl?: string },
): Promise<SetupIntent> {
  const result = await confirmSetup(core, setup, options);
  if (result.refusal) throw setupRefusal(result.setup, result.refusal);
  return result.setup;
}

const createSetupIntent = endpoint('POST /v1/setup_intents', async (core, params) => {
  if (params.customer) await core.state.get<Customer>('customer', params.customer);
  const method = params.payment_method ? await resolvePaymentMethod(core, params.payment_method) : null;
  if (
    params.confirm &&
    method &&
    cardOf(method).authentication !== 'never' &&
    !params.return_url &&
    !params.use_stripe_sdk
  )
    throw invalidRequest('You must provide a `return_url` to confirm this SetupIntent.', 'return_url');
  const setup = await createSetup(core, {
    customer: params.customer ?? null,
    metadata: mergeMetadata({}, params.metadata),
    description: params.description,
    usage: params.usage,
    paymentMethod: method?.id,
  });
  return params.confirm ? confirmSetupIntent(core, setup, { returnUrl: params.return_url }) : setup;
});

const confirmSetupEndpoint = endpoint('POST /v1/setup_intents/:id/confirm', async (core, params, { id }) =>
  confirmSetupIntent(core, await core.state.lock<SetupIntent>('setup_intent', id), {
    paymentMethod: params.payment_method,
    returnUrl: params.return_url,
  }),
);

const cancelSetupIntent = endpoint('POST /v1/setup_intents/:id/cancel', async (core, _params, { id }) => {
  const setup = await core.state.lock<SetupIntent>('setup_intent', id);
  if (setup.status === 'succeeded' || setup.status === 'canceled')
    throw invalidRequest(`You cannot cancel this SetupIntent because it has already ${setup.status}.`);
  return core.state.put<SetupIntent>({ ...setup, status: 'canceled', next_action: null });
});

export const intentEndpoints = [
  createIntent,
  confirmIntent,
  updateIntent,
  cancelIntent,
  retrieveEndpoint('GET /v1/payment_intents/:id', 'payment_intent'),
  listEndpoint('GET /v1/payment_intents', 'payment_intent'),
  createSetupIntent,
  confirmSetupEndpoint,
  cancelSetupIntent,
  retrieveEndpoint('GET /v1/setup_intents/:id', 'setup_intent'),
];
