import { z } from 'zod';
import { emitEvent, newBase, unixSeconds, withoutPrivateParts, type SandboxCore } from '../core.ts';
import { endpoint, integer, metadata, noParams, webUrl } from '../endpoint.ts';
import type { CheckoutSession, Customer, Price, Product, SessionLine, StoredSession } from '../objects.ts';
import { invalidRequest } from '../sandbox-error.ts';
import { buildPrice, priceFields } from './catalogue.ts';

const SESSION_LIFETIME_SECONDS = 24 * 3600;
const SHORTEST_LIFETIME_SECONDS = 30 * 60;
/** Stripe's smallest charge in US dollars. */
const SMALLEST_CHARGE_CENTS = 50;

const lineItem = z.strictObject({
  quantity: integer.default(1),
  price: z.string().optional(),
  price_data: z
    .strictObject({
      ...priceFields,
      product_data: z.strictObject({ name: z.string().min(1), description: z.string().optional() }),
    })
    .optional(),
});

const createParams = z.strictObject({
  mode: z.enum(['payment', 'subscription']),
  customer: z.string(),
  client_reference_id: z.string().max(200).optional(),
  line_items: z.array(lineItem).min(1).max(100),
  locale: z.enum(['auto', 'en', 'ja', 'zh', 'zh-HK', 'zh-TW']).optional(),
  metadata,
  payment_intent_data: z.strictObject({ metadata }).optional(),
  subscription_data: z.strictObject({ metadata }).optional(),
  success_url: webUrl,
  cancel_url: webUrl.optional(),
  expires_at: integer.optional(),
});

async function resolveLine(
  core: SandboxCore,
  item: z.infer<typeof lineItem>,
  mode: CheckoutSession['mode'],
  position: number,
): Promise<SessionLine & { currency: string }> {
  const field = `line_items[${position}]`;
  let price: Price;
  let name: string;
  if (item.price !== undefined && item.price_data === undefined) {
    price = await core.state.get<Price>('price', item.price);
    name = (await core.state.get<Product>('product', price.product)).name;
  } else if (item.price_data && item.price === undefined) {
    name = item.price_data.product_data.name;
    const product: Product = {
      ...newBase(core, 'prod', 'product'),
      active: true,
      name,
      description: item.price_data.product_data.description ?? null,
      metadata: {},
    };
    await core.state.put(product);
    price = await core.state.put(buildPrice(core, item.price_data, product.id));
  } else {
    throw invalidRequest('You must specify either price or price_data.', field);
  }
  if ((price.type === 'recurring') !== (mode === 'subscription')) {
    throw invalidRequest(`A ${price.type} price cannot be sold in ${mode} mode.`, `${field}[price]`);
  }
  if (item.quantity < 1) throw invalidRequest('Quantity must be at least 1.', `${field}[quantity]`);
  return {
    name,
    quantity: item.quantity,
    amount: price.unit_amount * item.quantity,
    interval: price.recurring?.interval ?? null,
    price,
    currency: price.currency,
  };
}

function expiry(core: SandboxCore, requested: number | undefined): number {
  const now = unixSeconds(core.clock);
  if (requested === undefined) return now + SESSION_LIFETIME_SECONDS;
  if (requested < now + SHORTEST_LIFETIME_SECONDS || requested > now + SESSION_LIFETIME_SECONDS) {
    throw invalidRequest('expires_at must be 30 minutes to 24 hours from now.', 'expires_at');
  }
  return requested;
}

const createSession = endpoint({
  method: 'post',
  path: '/v1/checkout/sessions',
  params: createParams,
  async run(core, params) {
    if (params.payment_intent_data && params.mode !== 'payment')
      throw invalidRequest('payment_intent_data goes with payment mode only.', 'payment_intent_data');
    if (params.subscription_data && params.mode !== 'subscription')
      throw invalidRequest('subscription_data goes with subscription mode only.', 'subscription_data');
    await core.state.get<Customer>('customer', params.customer);
    const lines = [];
    for (const [position, item] of params.line_items.entries())
      lines.push(await resolveLine(core, item, params.mode, position));
    const currency = lines[0]!.currency;
    if (lines.some((line) => line.currency !== currency))
      throw invalidRequest('All line items must have the same currency.', 'line_items');
    const total = lines.reduce((sum, line) => sum + line.amount, 0);
    if (total < SMALLEST_CHARGE_CENTS) {
      throw invalidRequest(
        'The total amount due must be at least 50 cents.',
        'line_items',
        'amount_too_small',
      );
    }
    const base = newBase(core, 'cs_test', 'checkout.session');
    const session: StoredSession = {
      ...base,
      amount_subtotal: total,
      amount_total: total,
      cancel_url: params.cancel_url ?? null,
      client_reference_id: params.client_reference_id ?? null,
      currency,
      customer: params.customer,
      expires_at: expiry(core, params.expires_at),
      invoice: null,
      locale: params.locale ?? null,
      metadata: params.metadata,
      mode: params.mode,
      payment_intent: null,
      payment_method_types: ['card'],
      payment_status: 'unpaid',
      status: 'open',
      subscription: null,
      success_url: params.success_url,
      ui_mode: 'hosted',
      url: `${core.publicUrl}/stripe-sandbox/checkout/${base.id}`,
      sandbox: {
        lines,
        paymentMetadata: params.payment_intent_data?.metadata ?? {},
        subscriptionMetadata: params.subscription_data?.metadata ?? {},
      },
    };
    return withoutPrivateParts(await core.state.put(session));
  },
});

/** The session, locked; one past its time is expired first. */
export async function lockSession(core: SandboxCore, id: string): Promise<StoredSession> {
  const session = await core.state.lock<StoredSession>('checkout.session', id);
  if (session.status !== 'open' || unixSeconds(core.clock) < session.expires_at) return session;
  return expire(core, session);
}

async function expire(core: SandboxCore, session: StoredSession): Promise<StoredSession> {
  const expired = await core.state.put<StoredSession>({ ...session, status: 'expired', url: null });
  await emitEvent(core, 'checkout.session.expired', expired);
  return expired;
}

const retrieveSession = endpoint({
  method: 'get',
  path: '/v1/checkout/sessions/:id',
  params: noParams,
  run: async (core, _params, id) => withoutPrivateParts(await lockSession(core, id)),
});

const expireSession = endpoint({
  method: 'post',
  path: '/v1/checkout/sessions/:id/expire',
  params: noParams,
  async run(core, _params, id) {
    const session = await lockSession(core, id);
    if (session.status !== 'open') {
      throw invalidRequest(
        `Only Checkout Sessions with a status in ["open"] can be expired. This one is ${session.status}.`,
      );
    }
    return withoutPrivateParts(await expire(core, session));
  },
});

export const checkoutSessionEndpoints = [createSession, retrieveSession, expireSession];
