/** Setup intents: a card is saved, nothing is charged. */
import {
  coreOfCustomer,
  emitEvent,
  newBase,
  pageUrl,
  withoutPrivateParts,
  type SandboxCore,
} from '../core.ts';
import type { PaymentMethod, SetupIntent } from '../objects.ts';
import { cardError, invalidRequest } from '../sandbox-error.ts';
import { refusalError } from '../test-cards.ts';
import { cardOf, type CardRefusal } from './charge-card.ts';
import { attachCard, resolvePaymentMethod, shownMethod } from './payment-methods.ts';

export interface NewSetup {
  customer: string | null;
  metadata?: Record<string, string>;
  description?: string | null;
  usage?: string;
  paymentMethod?: string | null;
}

export async function createSetup(core: SandboxCore, fields: NewSetup): Promise<SetupIntent> {
  const base = newBase(core, 'seti', 'setup_intent');
  const setup = await core.state.put<SetupIntent>({
    ...base,
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: { allow_redirects: 'always', enabled: true },
    cancellation_reason: null,
    client_secret: `${base.id}_secret_${base.id.slice(-12)}`,
    customer: fields.customer,
    customer_account: null,
    description: fields.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    mandate: null,
    metadata: fields.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: fields.paymentMethod ?? null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: fields.paymentMethod ? 'requires_confirmation' : 'requires_payment_method',
    usage: fields.usage ?? 'off_session',
    sandbox: { offSession: (fields.usage ?? 'off_session') === 'off_session' },
  });
  await emitEvent(core, 'setup_intent.created', setup);
  return setup;
}

interface SetupOptions {
  paymentMethod?: string | null;
  returnUrl?: string | null;
  authenticated?: boolean;
}

export async function confirmSetup(
  core: SandboxCore,
  before: SetupIntent,
  options: SetupOptions,
): Promise<{ setup: SetupIntent; refusal: CardRefusal | null }> {
  if (before.status === 'succeeded' || before.status === 'canceled') {
    throw invalidRequest(
      `You cannot confirm this SetupIntent because it has already ${before.status}.`,
      undefined,
      'setup_intent_unexpected_state',
    );
  }
  const methodId = options.paymentMethod ?? before.payment_method;
  if (!methodId)
    throw invalidRequest(
      'You cannot confirm this SetupIntent because it’s missing a payment method.',
      'payment_method',
    );
  const method = await resolvePaymentMethod(core, methodId);
  const setup: SetupIntent = { ...before, payment_method: method.id, next_action: null };
  const card = cardOf(method);
  if (options.authenticated === false) {
    return refuse(core, setup, method, {
      code: 'setup_intent_authentication_failure',
      message: 'The latest attempt to set up the payment method has failed because authentication failed.',
    });
  }
  if (card.refusal && !card.attaches) return refuse(core, setup, method, refusalError(card.refusal));
  if (card.authentication !== 'never' && !options.authenticated) {
    const url = pageUrl(core, `challenge/${setup.id}`);
    const asking = await core.state.put<SetupIntent>({
      ...setup,
      status: 'requires_action',
      next_action: {
        type: 'redirect_to_url',
        redirect_to_url: { return_url: options.returnUrl ?? null, url },
      },
    });
    await emitEvent(core, 'setup_intent.requires_action', asking);
    return { setup: asking, refusal: null };
  }
  const saved = setup.customer ? await attachCard(core, method, setup.customer) : method;
  await core.state.put<PaymentMethod>({
    ...saved,
    sandbox: { ...saved.sandbox, isSetUp: before.sandbox.offSession },
  });
  const succeeded = await core.state.put<SetupIntent>({
    ...setup,
    last_setup_error: null,
    status: 'succeeded',
  });
  await emitEvent(await coreOfCustomer(core, setup.customer), 'setup_intent.succeeded', succeeded);
  return { setup: succeeded, refusal: null };
}

async function refuse(core: SandboxCore, setup: SetupIntent, method: PaymentMethod, refusal: CardRefusal) {
  const failed = await core.state.put<SetupIntent>({
    ...setup,
    last_setup_error: { type: 'card_error', ...refusal, payment_method: shownMethod(method) } as never,
    payment_method: null,
    status: 'requires_payment_method',
  });
  await emitEvent(core, 'setup_intent.setup_failed', failed);
  return { setup: failed, refusal };
}

export function setupRefusal(setup: SetupIntent, refusal: CardRefusal) {
  return cardError({ ...refusal, setup_intent: withoutPrivateParts(setup) });
}
