/**
 * The seller API's JSON: snake_case, money as decimal strings. Schemas here only give shapes; what
 * a value may be is the domain's business, whose issues are renamed back (`sellerApiField`).
 */
import { z } from 'zod';
import type { CreateServiceInput, OwnService, UpdateServiceInput } from '../domain/services/index.ts';
import { toDecimalPrice, type PlanInput, type PlanWithPrice } from '../domain/plans/index.ts';

const text = z.string();
const price = z.string();

const planBody = z.strictObject({
  kind: z.enum(['free', 'flat', 'per_call', 'per_token']),
  name: text.optional(),
  description: text.optional(),
  requests_per_minute: z.number().nullable().optional(),
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
  /** Short for a bearer credential. */
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

const PLAN_NAMES = { free: 'Free', flat: 'Monthly', per_call: 'Pay per call', per_token: 'Pay per token' };

/** The same object without absent fields, so that the domain's defaults apply. */
function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function toPlan(body: PlanBody): PlanInput {
  const { model_prices: models } = body;
  // Prices that do not belong to the kind pass through: the domain refuses them by name.
  return present({
    kind: body.kind,
    name: body.name ?? PLAN_NAMES[body.kind],
    description: body.description,
    requestsPerMinute: body.requests_per_minute ?? undefined,
    monthlyFee: body.monthly_fee,
    callPrice: body.price_per_call,
    inputPrice: body.price_per_million_input_tokens,
    outputPrice: body.price_per_million_output_tokens,
    modelPrices: models?.map((price) => ({
      model: price.model,
      inputPrice: price.price_per_million_input_tokens,
      outputPrice: price.price_per_million_output_tokens,
    })),
  }) as PlanInput;
}

function toCredential({ api_key: apiKey, credential }: CreateBody | UpdateBody): unknown {
  if (credential) {
    const { placement, name, secret } = credential;
    return present({ placement, parameterName: name, secret });
  }
  if (apiKey === undefined) return undefined;
  return apiKey === null || apiKey.trim() === ''
    ? { placement: 'none' }
    : { placement: 'bearer', secret: apiKey };
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

export function toUpdateInput(serviceId: string, body: UpdateBody): UpdateServiceInput {
  return { serviceId, ...toService(body) };
}

const WIRE_NAMES: Record<string, string> = {
  parameterName: 'name',
  callPrice: 'price_per_call',
  inputPrice: 'price_per_million_input_tokens',
  outputPrice: 'price_per_million_output_tokens',
};

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** How the caller of `body` wrote a field that the domain refused. */
export function sellerApiField(body: CreateBody | UpdateBody): (field: string) => string {
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
    requests_per_minute: plan.requestsPerMinute,
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
  };
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
    models: service.upstream.models,
    plans: plans.map(planAnswer),
    subscribers: service.subscriberCount,
    published_at: service.publishedAt,
    created_at: service.createdAt,
    updated_at: service.updatedAt,
  };
}
