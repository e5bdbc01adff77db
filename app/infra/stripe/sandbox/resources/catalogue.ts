/** Products, prices, coupons and promotion codes. */
import { emitEvent, mergeMetadata, newBase, type SandboxCore } from '../core.ts';
import { endpoint, listEndpoint, listObjects, retrieveEndpoint } from '../endpoint.ts';
import type { Coupon, Price, Product, PromotionCode } from '../objects.ts';
import { invalidRequest, resourceMissing } from '../sandbox-error.ts';

export interface PriceFields {
  currency: string;
  unit_amount?: number;
  unit_amount_decimal?: unknown;
  recurring?: { interval: string; interval_count?: number; usage_type?: string };
  nickname?: string;
  lookup_key?: string;
  metadata?: Record<string, string>;
  active?: boolean;
}

export async function createPriceObject(
  core: SandboxCore,
  fields: PriceFields,
  product: string,
): Promise<Price> {
  const unitAmount = fields.unit_amount ?? wholeCents(fields.unit_amount_decimal);
  if (unitAmount === undefined)
    throw invalidRequest(
      'You must specify either unit_amount or unit_amount_decimal.',
      'unit_amount',
      'parameter_missing',
    );
  if (unitAmount < 0)
    throw invalidRequest('Invalid non-negative integer', 'unit_amount', 'parameter_invalid_integer');
  const { recurring } = fields;
  if (recurring?.usage_type === 'metered')
    throw invalidRequest('Metered prices are not part of the sandbox.', 'recurring[usage_type]');
  return core.state.put<Price>({
    ...newBase(core, 'price', 'price'),
    active: fields.active ?? true,
    billing_scheme: 'per_unit',
    currency: fields.currency.toLowerCase(),
    custom_unit_amount: null,
    lookup_key: fields.lookup_key ?? null,
    metadata: fields.metadata ?? {},
    nickname: fields.nickname ?? null,
    product,
    recurring: recurring
      ? {
          interval: recurring.interval,
          interval_count: recurring.interval_count ?? 1,
          meter: null,
          trial_period_days: null,
          usage_type: 'licensed',
        }
      : null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: unitAmount,
    unit_amount_decimal: String(unitAmount),
  } as Price);
}

/** Fractions of a cent cannot be charged here; prices of Tollgate's fees are whole. */
function wholeCents(decimal: unknown): number | undefined {
  if (decimal === undefined) return undefined;
  const cents = Number(decimal);
  if (!Number.isInteger(cents))
    throw invalidRequest('Fractions of a cent are not part of the sandbox.', 'unit_amount_decimal');
  return cents;
}

interface ProductFields {
  name: string;
  description?: string | null;
  metadata?: Record<string, string>;
  active?: boolean;
  id?: string;
}

export async function createProductObject(core: SandboxCore, fields: ProductFields): Promise<Product> {
  const base = newBase(core, 'prod', 'product');
  return core.state.put<Product>({
    ...base,
    id: fields.id ?? base.id,
    active: fields.active ?? true,
    default_price: null,
    description: fields.description ?? null,
    images: [],
    marketing_features: [],
    metadata: fields.metadata ?? {},
    name: fields.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: base.created,
    url: null,
  });
}

const createProduct = endpoint('POST /v1/products', async (core, params) => {
  if (params.id && (await core.state.findAny(params.id)))
    throw invalidRequest('Product already exists.', 'id', 'resource_already_exists');
  const product = await createProductObject(core, {
    ...params,
    metadata: mergeMetadata({}, params.metadata),
  });
  const data = params.default_price_data;
  if (!data) return product;
  const price = await createPriceObject(core, data as PriceFields, product.id);
  return core.state.put<Product>({ ...product, default_price: price.id });
});

const updateProduct = endpoint('POST /v1/products/:id', async (core, params, { id }) => {
  const product = await core.state.lock<Product>('product', id);
  const updated = await core.state.put<Product>({
    ...product,
    active: params.active ?? product.active,
    default_price: params.default_price ?? product.default_price,
    description: params.description === undefined ? product.description : params.description || null,
    metadata: mergeMetadata(product.metadata, params.metadata),
    name: params.name ?? product.name,
    updated: core.now(),
  });
  await emitEvent(core, 'product.updated', updated);
  return updated;
});

const createPrice = endpoint('POST /v1/prices', async (core, params) => {
  if ((params.product === undefined) === (params.product_data === undefined))
    throw invalidRequest('You must specify either product or product_data.', 'product', 'parameter_missing');
  if (params.product && !(await core.state.find('product', params.product)))
    throw resourceMissing('product', params.product, 'product');
  const product =
    params.product ?? (await createProductObject(core, { name: params.product_data?.name ?? '' })).id;
  return createPriceObject(
    core,
    { ...params, metadata: mergeMetadata({}, params.metadata) } as PriceFields,
    product,
  );
});

const updatePrice = endpoint('POST /v1/prices/:id', async (core, params, { id }) => {
  const price = await core.state.lock<Price>('price', id);
  const updated = await core.state.put<Price>({
    ...price,
    active: params.active ?? price.active,
    metadata: mergeMetadata(price.metadata, params.metadata),
    nickname: params.nickname ?? price.nickname,
  });
  await emitEvent(core, 'price.updated', updated);
  return updated;
});

const createCoupon = endpoint('POST /v1/coupons', async (core, params) => {
  const { percent_off, amount_off } = params;
  if ((percent_off === undefined) === (amount_off === undefined))
    throw invalidRequest('You must pass either percent_off or amount_off, but not both.', 'percent_off');
  if (percent_off !== undefined && (percent_off <= 0 || percent_off > 100))
    throw invalidRequest('percent_off must be greater than 0 and less than or equal to 100', 'percent_off');
  if (amount_off !== undefined && !params.currency)
    throw invalidRequest('You must pass currency when passing amount_off.', 'currency', 'parameter_missing');
  const duration = params.duration ?? 'once';
  if ((duration === 'repeating') !== (params.duration_in_months !== undefined))
    throw invalidRequest('duration_in_months goes with duration repeating.', 'duration_in_months');
  if (params.id && (await core.state.findAny(params.id)))
    throw invalidRequest('Coupon already exists.', 'id', 'resource_already_exists');
  const base = newBase(core, 'co', 'coupon');
  return core.state.put<Coupon>({
    ...base,
    id: params.id ?? base.id.slice(3, 11),
    amount_off: amount_off ?? null,
    currency: params.currency ?? null,
    duration,
    duration_in_months: params.duration_in_months ?? null,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? null,
    percent_off: percent_off ?? null,
    redeem_by: params.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  });
});

const createPromotionCode = endpoint('POST /v1/promotion_codes', async (core, params) => {
  const coupon = params.promotion.coupon ?? '';
  if (!(await core.state.find<Coupon>('coupon', coupon)))
    throw resourceMissing('coupon', coupon, 'promotion[coupon]');
  const base = newBase(core, 'promo', 'promotion_code');
  const code = params.code ?? base.id.slice(-8).toUpperCase();
  const [taken] = await core.state.list<PromotionCode>('promotion_code', { match: { code, active: true } });
  if (taken)
    throw invalidRequest(
      `An active promotion code with \`code: ${code}\` already exists.`,
      'code',
      'resource_already_exists',
    );
  return core.state.put<PromotionCode>({
    ...base,
    active: params.active ?? true,
    code,
    customer: params.customer ?? null,
    customer_account: null,
    expires_at: params.expires_at ?? null,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    promotion: { coupon, type: 'coupon' },
    restrictions: {
      first_time_transaction: params.restrictions?.first_time_transaction ?? false,
      minimum_amount: params.restrictions?.minimum_amount ?? null,
      minimum_amount_currency: params.restrictions?.minimum_amount_currency ?? null,
    },
    times_redeemed: 0,
  });
});

export const catalogueEndpoints = [
  createProduct,
  updateProduct,
  retrieveEndpoint('GET /v1/products/:id', 'product'),
  listEndpoint('GET /v1/products', 'product'),
  createPrice,
  updatePrice,
  retrieveEndpoint('GET /v1/prices/:id', 'price'),
  endpoint('GET /v1/prices', (core, { lookup_keys, ...params }) =>
    listObjects(core, 'price', '/v1/prices', params, {
      ...(lookup_keys && {
        filter: (price) => lookup_keys.includes((price as Price).lookup_key ?? ''),
      }),
    }),
  ),
  createCoupon,
  retrieveEndpoint('GET /v1/coupons/:id', 'coupon'),
  listEndpoint('GET /v1/coupons', 'coupon'),
  endpoint('DELETE /v1/coupons/:id', async (core, _params, { id }) => {
    await core.state.lock<Coupon>('coupon', id);
    await core.state.remove(id);
    return { id, object: 'coupon', deleted: true };
  }),
  createPromotionCode,
  retrieveEndpoint('GET /v1/promotion_codes/:id', 'promotion_code'),
  endpoint('GET /v1/promotion_codes', (core, { coupon, ...params }) =>
    listObjects(core, 'promotion_code', '/v1/promotion_codes', params, {
      ...(coupon && { match: { promotion: { coupon } } }),
    }),
  ),
  endpoint('POST /v1/promotion_codes/:id', async (core, params, { id }) => {
    const code = await core.state.lock<PromotionCode>('promotion_code', id);
    return core.state.put<PromotionCode>({
      ...code,
      active: params.active ?? code.active,
      metadata: mergeMetadata(code.metadata, params.metadata),
    });
  }),
];
