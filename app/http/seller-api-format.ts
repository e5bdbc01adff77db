/**
 * The seller API's JSON: snake_case, money as decimal strings. Schemas here only give shapes; what
 * a value may be is the domain's business, whose issues are renamed back (`sellerApiField`).
 */
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import { DIALECT_DEFAULTS } from '../lib/dialect-defaults.ts';
import type { CreateServiceInput, OwnService, UpdateServiceInput } from '../domain/services/index.ts';
import {
  PLAN_KINDS,
  toDecimalPrice,
  toGeneralPrice,
  type CurrentPrice,
  type PlanInput,
  type PlanKind,
  type PlanWithPrice,
  type PriceInput,
} from '../domain/plans/index.ts';

const text = z.string();
const price = z.string();

/** The general form of a price: shapes; the domain judges the values. */
const generalPriceBody = {
  fee: price.optional(),
  interval: text.optional(),
  trial_days: z.number().optional(),
  tier_mode: text.optional(),
  quotas: z.array(z.strictObject({ meter: text, included: z.number(), overage: text })).optional(),
  prices: z
    .array(
      z.strictObject({
        meter: text,
        price,
        model: text.optional(),
        from_units: z.number().optional(),
        from_context_tokens: z.number().optional(),
      }),
    )
    .optional(),
};

/** What a price alone may be written with, in either form. */
const priceShape = {
  kind: z.enum(PLAN_KINDS).optional(),
  monthly_fee: price.optional(),
  price_per_call: price.optional(),
  price_per_million_input_tokens: price.optional(),
  price_per_million_output_tokens: price.optional(),
  model_prices: z
    .array(
      z.strictObject({
        model: text,
        price_per_million_input_tokens: price,
        price_per_million_output_tokens: price,
      }),
    )
    .optional(),
  ...generalPriceBody,
};

export const planBody = z.strictObject({
  visibility: text.optional(),
  name: text.optional(),
  description: text.optional(),
  requests_per_minute: z.number().nullable().optional(),
  requests_per_day: z.number().nullable().optional(),
  tokens_per_minute: z.number().nullable().optional(),
  tokens_per_day: z.number().nullable().optional(),
  max_concurrency: z.number().nullable().optional(),
  model_limits: z
    .array(
      z.strictObject({
        model: text,
        requests_per_minute: z.number().optional(),
        tokens_per_minute: z.number().optional(),
      }),
    )
    .optional(),
  ...priceShape,
});

const serviceBody = {
  name: text.optional(),
  slug: text.optional(),
  summary: text.optional(),
  description: text.optional(),
  category: text.optional(),
  /** `endpoint_url` and `base_url` are the same field. */
  endpoint_url: text.optional(),
  base_url: text.optional(),
  /** Of an LLM API; openai-chat when absent. */
  dialect: text.optional(),
  /** Short for a credential where the dialect expects it: bearer for most. */
  api_key: text.nullable().optional(),
  credential: z.strictObject({ placement: text, name: text.optional(), secret: text.optional() }).optional(),
  models: z.array(text).optional(),
};

const oneOf = (a: string, b: string) => (body: Record<string, unknown>) =>
  body[a] === undefined || body[b] === undefined;

export const createApiBody = z
  .strictObject({
    ...serviceBody,
    kind: text.optional(),
    plans: z.array(planBody).optional(),
    /** Default true: an API that is registered is listed. */
    publish: z.boolean().optional(),
  })
  .refine(oneOf('endpoint_url', 'base_url'), { path: ['base_url'], message: 'unknown_field' })
  .refine(oneOf('api_key', 'credential'), { path: ['credential'], message: 'unknown_field' });

export const updateApiBody = z
  .strictObject({
    ...serviceBody,
    /** Lists it, or takes it off the storefront. */
    status: z.enum(['published', 'paused']).optional(),
  })
  .refine(oneOf('endpoint_url', 'base_url'), { path: ['base_url'], message: 'unknown_field' })
  .refine(oneOf('api_key', 'credential'), { path: ['credential'], message: 'unknown_field' });

type CreateBody = z.output<typeof createApiBody>;
type UpdateBody = z.output<typeof updateApiBody>;
type PlanBody = z.output<typeof planBody>;

const PLAN_NAMES: Record<PlanKind, string> = {
  free: 'Free',
  flat: 'Monthly',
  per_call: 'Pay per call',
  per_token: 'Pay per token',
  freemium: 'Freemium',
  tiered: 'Tiered',
  custom: 'Custom',
};

/** The same object without absent fields, so that the domain's defaults apply. */
function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Prices that do not belong to the kind pass through: the domain refuses them by name. */
function priceFields(body: z.output<z.ZodObject<typeof priceShape>>): Record<string, unknown> {
  return present({
    monthlyFee: body.monthly_fee,
    callPrice: body.price_per_call,
    inputPrice: body.price_per_million_input_tokens,
    outputPrice: body.price_per_million_output_tokens,
    modelPrices: body.model_prices?.map((own) => ({
      model: own.model,
      inputPrice: own.price_per_million_input_tokens,
      outputPrice: own.price_per_million_output_tokens,
    })),
    fee: body.fee,
    interval: body.interval,
    trialDays: body.trial_days,
    tierMode: body.tier_mode,
    quotas: body.quotas,
    prices: body.prices?.map((own) =>
      present({
        meter: own.meter,
        price: own.price,
        model: own.model,
        fromUnits: own.from_units,
        fromContextTokens: own.from_context_tokens,
      }),
    ),
  });
}

export function toPlan(body: PlanBody): PlanInput {
  return present({
    kind: body.kind,
    visibility: body.visibility,
    name: body.name ?? PLAN_NAMES[body.kind ?? 'custom'],
    description: body.description,
    requestsPerMinute: body.requests_per_minute ?? undefined,
    requestsPerDay: body.requests_per_day ?? undefined,
    tokensPerMinute: body.tokens_per_minute ?? undefined,
    tokensPerDay: body.tokens_per_day ?? undefined,
    maxConcurrency: body.max_concurrency ?? undefined,
    modelLimits: body.model_limits?.map((limit) =>
      present({
        model: limit.model,
        requestsPerMinute: limit.requests_per_minute,
        tokensPerMinute: limit.tokens_per_minute,
      }),
    ),
    ...priceFields(body),
  }) as PlanInput;
}

function toCredential({ api_key: apiKey, credential, dialect }: CreateBody | UpdateBody): unknown {
  if (credential) {
    const { placement, name, secret } = credential;
    return present({ placement, parameterName: name, secret });
  }
  if (apiKey === undefined) return undefined;
  if (apiKey === null || apiKey.trim() === '') return { placement: 'none' };
  const usual = Object.entries(DIALECT_DEFAULTS).find(([name]) => name === dialect)?.[1];
  return present({
    placement: usual?.placement ?? 'bearer',
    parameterName: usual?.parameterName ?? undefined,
    secret: apiKey,
  });
}

function toService(body: CreateBody | UpdateBody): Record<string, unknown> {
  return present({
    name: body.name,
    slug: body.slug,
    summary: body.summary,
    description: body.description,
    category: body.category,
    baseUrl: body.endpoint_url ?? body.base_url,
    credential: toCredential(body),
    dialect: body.dialect,
    models: body.models,
  });
}

/** The four fields of the reference are enough: a free plan is added, and the API is listed. */
export function toCreateInput(body: CreateBody): CreateServiceInput {
  const plans: PlanBody[] = body.plans ?? [{ kind: 'free' }];
  return present({
    ...toService(body),
    kind: body.kind,
    plans: plans.map(toPlan),
    publish: body.publish ?? true,
  }) as CreateServiceInput;
}

export function toUpdateInput(service: OwnService, body: UpdateBody): UpdateServiceInput {
  const dialect = body.dialect ?? service.upstream.dialect;
  return {
    serviceId: service.id,
    ...toService(body),
    ...present({ credential: toCredential({ ...body, dialect }) }),
  };
}

const WIRE_NAMES: Record<string, string> = {
  parameterName: 'name',
  callPrice: 'price_per_call',
  inputPrice: 'price_per_million_input_tokens',
  outputPrice: 'price_per_million_output_tokens',
};

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** How the caller of `body` wrote a field that the domain refused. */
export function sellerApiField(body: Pick<CreateBody, 'base_url' | 'credential'>): (field: string) => string {
  return (field) => {
    if (field === 'baseUrl') return body.base_url === undefined ? 'endpoint_url' : 'base_url';
    if (field.startsWith('credential') && body.credential === undefined) return 'api_key';
    return field
      .split('.')
      .map((part) => WIRE_NAMES[part] ?? toSnakeCase(part))
      .join('.');
  };
}

export function planAnswer(plan: PlanWithPrice) {
  const decimal = toDecimalPrice(plan.kind, plan.price);
  return {
    id: plan.id,
    name: plan.name,
    description: plan.description,
    kind: plan.kind,
    status: plan.status,
    visibility: plan.visibility,
    requests_per_minute: plan.requestsPerMinute,
    requests_per_day: plan.requestsPerDay,
    tokens_per_minute: plan.tokensPerMinute,
    tokens_per_day: plan.tokensPerDay,
    max_concurrency: plan.maxConcurrency,
    model_limits: plan.modelLimits.map((limit) =>
      present({
        model: limit.model,
        requests_per_minute: limit.requestsPerMinute,
        tokens_per_minute: limit.tokensPerMinute,
      }),
    ),
    price_version: plan.price.version,
    currency: plan.price.currency,
    ...present({
      monthly_fee: decimal.monthlyFee,
      price_per_call: decimal.callPrice,
      price_per_million_input_tokens: decimal.inputPrice,
      price_per_million_output_tokens: decimal.outputPrice,
      model_prices: decimal.modelPrices?.map((price) => ({
        model: price.model,
        price_per_million_input_tokens: price.inputPrice,
        price_per_million_output_tokens: price.outputPrice,
      })),
    }),
    pricing: pricingAnswer(plan.price),
  };
}

/** A price in the general form: what can be sent back as it is. */
export function pricingAnswer(price: Omit<CurrentPrice, 'id' | 'version' | 'effectiveFrom' | 'currency'>) {
  const { fee, interval, trialDays, tierMode, quotas, prices } = toGeneralPrice(price);
  return {
    ...present({ fee, interval }),
    trial_days: trialDays,
    tier_mode: tierMode,
    quotas,
    prices: prices.map(({ meter, price: amount, model, fromUnits, fromContextTokens }) => ({
      ...{ meter, price: amount, model },
      ...{ from_units: fromUnits, from_context_tokens: fromContextTokens },
    })),
  };
}

const whenItCounts = {
  effective_from: z.iso.datetime({ offset: true }).optional(),
  /** Takes back what was announced for later. */
  replaces_upcoming: z.boolean().optional(),
};

export const priceOnlyBody = z.strictObject(priceShape);
/** A price in either form, and when it starts to count. */
export const priceBody = z.strictObject({ ...priceShape, ...whenItCounts });
/** The same for a service: `plan_id` is needed where several plans cost something. */
export const pricingBody = z.strictObject({ ...priceShape, ...whenItCounts, plan_id: text.optional() });

/**
 * The plan whose price is meant; null: there is none yet.
 * @throws AppError `not_found`, `invalid_request` when it is not clear.
 */
export function choosePricedPlan(plans: PlanWithPrice[], planId: string | undefined): PlanWithPrice | null {
  if (planId !== undefined) {
    const plan = plans.find(({ id }) => id === planId);
    if (!plan) throw new AppError('not_found', 'This service has no such plan.');
    return plan;
  }
  const priced = plans.filter(({ status, kind }) => status === 'active' && kind !== 'free');
  if (priced.length > 1) {
    throw new AppError(
      'invalid_request',
      'Several plans of this service cost something: say which in plan_id.',
      {
        issues: [{ field: 'plan_id', reason: 'required' }],
      },
    );
  }
  return priced[0] ?? null;
}

export function toPrice(body: z.output<z.ZodObject<typeof priceShape>>): PriceInput {
  return present({ kind: body.kind, ...priceFields(body) }) as PriceInput;
}

/** A service as its seller gets it. The credential's secret is not in it, nor in what it is made of. */
export function serviceAnswer(service: OwnService, plans: PlanWithPrice[], proxyOrigin: string) {
  return {
    id: service.id,
    slug: service.slug,
    name: service.name,
    summary: service.summary,
    description: service.description,
    category: service.category,
    kind: service.kind,
    status: service.status,
    endpoint_url: service.upstream.baseUrl,
    base_url: service.upstream.baseUrl,
    proxy_url: `${proxyOrigin}/proxy/v1/${service.slug}`,
    credential: {
      placement: service.credential.placement,
      name: service.credential.parameterName,
      set_at: service.credential.secretSetAt,
    },
    dialect: service.upstream.dialect,
    models: service.upstream.models,
    upstreams: service.upstreamCount,
    plans: plans.map(planAnswer),
    subscribers: service.subscriberCount,
    published_at: service.publishedAt,
    created_at: service.createdAt,
    updated_at: service.updatedAt,
  };
}
