import { amountOff, checkPromotionCode, resolveCoupon, type CouponChoice } from '../billing/discounts.ts';
import { expireSession } from '../billing/run-due.ts';
import { prorate, periodEndAfter } from '../billing/periods.ts';
import { lockSession } from '../checkout/complete-checkout.ts';
import { coreOfCustomer, mergeMetadata, newBase, pageUrl, type SandboxCore } from '../core.ts';
import { endpoint, listEndpoint } from '../endpoint.ts';
import {
  newStripeId,
  type CheckoutSession,
  type Coupon,
  type Customer,
  type Price,
  type Product,
  type PromotionCode,
  type SessionLine,
} from '../objects.ts';
import { SMALLEST_CHARGE_CENTS } from '../payments/confirm-payment.ts';
import type { StripeRequests } from '../request-types.ts';
import { invalidRequest } from '../sandbox-error.ts';
import { createPriceObject, createProductObject, type PriceFields } from './catalogue.ts';

const SESSION_LIFETIME_SECONDS = 24 * 3600;
const SHORTEST_LIFETIME_SECONDS = 30 * 60;

type Params = StripeRequests['POST /v1/checkout/sessions'];
type LineParams = NonNullable<Params['line_items']>[number];

async function resolveLine(
  core: SandboxCore,
  item: LineParams,
  mode: CheckoutSession['mode'],
  position: number,
): Promise<SessionLine> {
  const field = `line_items[${position}]`;
  const quantity = item.quantity ?? 1;
  let price: Price;
  if (item.price !== undefined && item.price_data === undefined) {
    price = await core.state.get<Price>('price', item.price);
    if (!price.active)
      throw invalidRequest(
        `The price specified is inactive. This field only accepts active prices.`,
        `${field}[price]`,
      );
  } else if (item.price_data && item.price === undefined) {
    const { product_data, product } = item.price_data;
    if ((product === undefined) === (product_data === undefined))
      throw invalidRequest('You must specify either product or product_data.', `${field}[price_data]`);
    const productId =
      product ??
      (
        await createProductObject(core, {
          name: product_data?.name ?? '',
          description: product_data?.description,
        })
      ).id;
    price = await createPriceObject(core, item.price_data as PriceFields, productId);
  } else {
    throw invalidRequest('You must specify either price or price_data.', field);
  }
  if (price.type === 'recurring' && mode === 'payment') {
    throw invalidRequest(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      `${field}[price]`,
    );
  }
  if (quantity < 1) throw invalidRequest('Quantity must be at least 1.', `${field}[quantity]`);
  const product = await core.state.get<Product>('product', String(price.product));
  return {
    id: newStripeId('li'),
    name: product.name,
    quantity,
    amount: (price.unit_amount ?? 0) * quantity,
    price,
  };
}

function expiry(core: SandboxCore, requested: number | undefined): number {
  const now = core.now();
  if (requested === undefined) return now + SESSION_LIFETIME_SECONDS;
  if (requested < now + SHORTEST_LIFETIME_SECONDS || requested > now + SESSION_LIFETIME_SECONDS) {
    throw invalidRequest(
      'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
      'expires_at',
    );
  }
  return requested;
}

function checkUrl(text: string | undefined, field: string): string | null {
  if (text === undefined) return null;
  const url = text.replace('{CHECKOUT_SESSION_ID}', 'x');
  if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol))
    throw invalidRequest('Not a valid URL', field, 'url_invalid');
  return text;
}

function checkMode(params: Params): void {
  const belongs: [keyof Params, string][] = [
    ['payment_intent_data', 'payment'],
    ['subscription_data', 'subscription'],
    ['setup_intent_data', 'setup'],
  ];
  for (const [field, mode] of belongs) {
    if (params[field] !== undefined && params.mode !== mode)
      throw invalidRequest(`You can not pass \`${field}\` in \`${params.mode ?? 'payment'}\` mode.`, field);
  }
  if (params.mode === 'setup' && params.line_items)
    throw invalidRequest('You can not pass `line_items` in `setup` mode.', 'line_items');
  if (params.mode !== 'setup' && !params.line_items?.length) {
    throw invalidRequest(
      `The \`line_items\` parameter is required in ${params.mode ?? 'payment'} mode.`,
      'line_items',
      'parameter_missing',
    );
  }
  if (params.mode === 'setup' && !params.currency)
    throw invalidRequest('Missing required param: currency.', 'currency', 'parameter_missing');
  if (params.discounts?.length && params.allow_promotion_codes)
    throw invalidRequest('You may only specify one of these parameters: allow_promotion_codes, discounts.');
  if (params.ui_mode !== undefined && params.ui_mode !== 'hosted_page')
    throw invalidRequest('The sandbox has hosted pages only.', 'ui_mode');
  if (!params.success_url)
    throw invalidRequest('Missing required param: success_url.', 'success_url', 'parameter_missing');
  if (params.customer && params.customer_email)
    throw invalidRequest('You may only specify one of these parameters: customer, customer_email.');
  if (params.customer && params.tax_id_collection?.enabled && params.customer_update?.name !== 'auto') {
    throw invalidRequest(
      'Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing customer, please set `customer_update[name]` to `auto`.',
    );
  }
}

/** What is due today: nothing in a trial, a part up to an anchor. */
function dueToday(
  core: SandboxCore,
  line: SessionLine,
  data: NonNullable<Params['subscription_data']>,
): number {
  const { recurring } = line.price;
  if (!recurring) return line.amount;
  if (data.trial_period_days || data.trial_end) return 0;
  const anchor = data.billing_cycle_anchor;
  if (!anchor) return line.amount;
  if (data.proration_behavior === 'none') return 0;
  const now = core.now();
  return prorate(line.amount, anchor - now, periodEndAfter(now, recurring, now) - now);
}

/** Sums of a session with the discounts that were chosen. */
export async function totalsOf(
  core: SandboxCore,
  session: CheckoutSession,
): Promise<Partial<CheckoutSession>> {
  const data = session.sandbox.subscriptionData;
  const subtotal = session.sandbox.lines.reduce((sum, line) => sum + dueToday(core, line, data), 0);
  let total = subtotal;
  for (const { coupon } of session.sandbox.discounts)
    total -= amountOff(await core.state.get<Coupon>('coupon', coupon), total);
  return {
    amount_subtotal: subtotal,
    amount_total: total,
    total_details: { amount_discount: subtotal - total, amount_shipping: 0, amount_tax: 0 },
    discounts: session.sandbox.discounts.map(({ coupon, promotionCode }) => ({
      coupon,
      promotion_code: promotionCode,
    })),
  };
}

/** A code that was typed on the page; null: it is not valid. */
export async function applyPromotionCode(
  core: SandboxCore,
  id: string,
  typed: string,
): Promise<CheckoutSession | null> {
  const session = await lockSession(core, id);
  if (session.status !== 'open' || !session.allow_promotion_codes) return null;
  const codes = await core.state.list<PromotionCode>('promotion_code', { match: { active: true } });
  const code = codes.find((one) => one.code.toLowerCase() === typed.trim().toLowerCase());
  if (!code) return null;
  const coupon = await checkPromotionCode(core, code, session.customer).catch(() => null);
  if (coupon === null) return null;
  const chosen = {
    ...session,
    sandbox: { ...session.sandbox, discounts: [{ coupon, promotionCode: code.id }] },
  };
  return core.state.put<CheckoutSession>({ ...chosen, ...(await totalsOf(core, chosen)) });
}

const createSession = endpoint('POST /v1/checkout/sessions', async (outer, params) => {
  checkMode(params);
  if (params.customer) await outer.state.get<Customer>('customer', params.customer);
  const core = await coreOfCustomer(outer, params.customer ?? null);
  const mode = params.mode ?? 'payment';
  const lines: SessionLine[] = [];
  for (const [position, item] of (params.line_items ?? []).entries())
    lines.push(await resolveLine(core, item, mode, position));
  const currency = lines[0]?.price.currency ?? params.currency ?? 'usd';
  if (lines.some((line) => line.price.currency !== currency))
    throw invalidRequest('All line items must have the same currency.', 'line_items');
  if (mode === 'subscription' && !lines.some((line) => line.price.recurring)) {
    throw invalidRequest(
      'You must provide at least one recurring price in `subscription` mode when using prices.',
      'line_items',
    );
  }
  if (mode === 'subscription' && lines.some((line) => !line.price.recurring))
    throw invalidRequest('One-time prices beside recurring ones are not part of the sandbox.', 'line_items');
  const trialEnd = params.subscription_data?.trial_end;
  if (trialEnd !== undefined && trialEnd < core.now() + 48 * 3_600)
    throw invalidRequest(
      'The `trial_end` date has to be at least 2 days in the future.',
      'subscription_data[trial_end]',
    );
  const discounts: CouponChoice[] = [];
  for (const discount of params.discounts ?? []) discounts.push(await resolveCoupon(core, discount));
  const base = newBase(core, 'cs_test', 'checkout.session');
  const expires_at = expiry(core, params.expires_at);
  const session: CheckoutSession = {
    ...base,
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    allowed_payment_method_types: null,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: checkUrl(params.cancel_url, 'cancel_url'),
    client_reference_id: params.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: params.customer ?? null,
    customer_account: null,
    customer_creation: params.customer ? null : (params.customer_creation ?? 'if_required'),
    customer_details: null,
    customer_email: params.customer_email ?? null,
    discounts: [],
    expires_at,
    integration_identifier: null,
    invoice: null,
    invoice_creation:
      mode === 'payment'
        ? ({ enabled: false, invoice_data: {} } as CheckoutSession['invoice_creation'])
        : null,
    locale: params.locale ?? null,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection:
      mode === 'subscription' ? (params.payment_method_collection ?? 'always') : null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: params.customer
      ? { allow_redisplay_filters: ['always'], payment_method_remove: null, payment_method_save: null }
      : null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: params.submit_type ?? null,
    subscription: null,
    success_url: checkUrl(params.success_url, 'success_url'),
    tax_id_collection: { enabled: params.tax_id_collection?.enabled ?? false, required: 'never' },
    total_details: null,
    ui_mode: 'hosted_page',
    url: pageUrl(core, `checkout/${base.id}`),
    wallet_options: null,
    sandbox: {
      dueAt: expires_at,
      clock: core.testClock,
      lines,
      discounts,
      waiting: null,
      paymentData: params.payment_intent_data ?? {},
      subscriptionData: params.subscription_data ?? {},
      setupData: params.setup_intent_data ?? {},
    },
  };
  const priced: CheckoutSession =
    mode === 'setup' ? session : { ...session, ...(await totalsOf(core, session)) };
  if (mode === 'payment' && (priced.amount_total ?? 0) < SMALLEST_CHARGE_CENTS && priced.amount_total !== 0) {
    throw invalidRequest(
      "The Checkout Session's total amount due must add up to at least $0.50 usd",
      'line_items',
      'amount_too_small',
    );
  }
  return core.state.put(priced);
});

const expireEndpoint = endpoint('POST /v1/checkout/sessions/:id/expire', async (core, _params, { id }) => {
  const session = await lockSession(core, id);
  if (session.status !== 'open') {
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status ?? ''}\`.`,
    );
  }
  return expireSession(core, session);
});

/** Positions as the API shows them. */
export function shownLines(session: CheckoutSession): object {
  const total = session.amount_subtotal ?? 0;
  const off = session.total_details?.amount_discount ?? 0;
  const data = session.sandbox.lines.map((line) => {
    const discount = total === 0 ? 0 : Math.round((off * line.amount) / total);
    return {
      id: line.id,
      object: 'item',
      adjustable_quantity: null,
      amount_discount: discount,
      amount_subtotal: line.amount,
      amount_tax: 0,
      amount_total: line.amount - discount,
      currency: session.currency,
      description: line.name,
      metadata: {},
      price: line.price,
      quantity: line.quantity,
    };
  });
  return { object: 'list', data, has_more: false, url: `/v1/checkout/sessions/${session.id}/line_items` };
}

export const checkoutSessionEndpoints = [
  createSession,
  endpoint('GET /v1/checkout/sessions/:id', (core, _params, { id }) => lockSession(core, id)),
  listEndpoint('GET /v1/checkout/sessions', 'checkout.session'),
  expireEndpoint,
  endpoint('GET /v1/checkout/sessions/:id/line_items', async (core, _params, { id }) =>
    shownLines(await core.state.get<CheckoutSession>('checkout.session', id)),
  ),
];
