import { z } from 'zod';
import { NANOS_PER_CENT, NANOS_PER_UNIT, parseDecimal, type Nanos } from '../../lib/money.ts';

/** Stripe charges at least 50 cents. */
export const MIN_MONTHLY_FEE_NANOS: Nanos = NANOS_PER_UNIT / 2n;
/** Stripe charges at most 999,999.99. */
export const MAX_MONTHLY_FEE_NANOS: Nanos = 1_000_000n * NANOS_PER_UNIT - NANOS_PER_CENT;
/** A million calls at this price still fit the column of prices per million. */
export const MAX_CALL_PRICE_NANOS: Nanos = 1_000n * NANOS_PER_UNIT;
export const MAX_TOKEN_PRICE_NANOS: Nanos = 100_000n * NANOS_PER_UNIT;
const MAX_MODEL_PRICES = 100;

export const planNameSchema = z.string().trim().min(1).max(60);

/** Model ids as LLM upstreams write them: `gpt-4o-mini`, `meta-llama/Llama-3:free`. */
export const modelIdSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[\w./:@+-]+$/, 'invalid');

/** A decimal string of money within bounds; the issue says what is wrong with it. */
export function moneySchema(bounds: { min: Nanos; max: Nanos; decimals?: 2 }) {
  return z
    .string()
    .trim()
    .min(1)
    .max(24)
    .transform((text, check): Nanos => {
      const refuse = (message: string, params?: Record<string, string>): Nanos => {
        check.addIssue({ code: 'custom', message, params });
        return z.NEVER;
      };
      if (/^-?\d+\.\d{10,}$/.test(text)) return refuse('too_many_decimals', { max: '9' });
      const nanos = parseDecimal(text);
      if (nanos === null) return refuse('invalid_amount');
      if (bounds.decimals && nanos % NANOS_PER_CENT !== 0n) return refuse('too_many_decimals', { max: '2' });
      if (nanos < bounds.min) return refuse('too_small', { min: plainDecimal(bounds.min) });
      if (nanos > bounds.max) return refuse('too_big', { max: plainDecimal(bounds.max) });
      return nanos;
    });
}

function plainDecimal(nanos: Nanos): string {
  const fraction = (nanos % NANOS_PER_UNIT).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanos / NANOS_PER_UNIT}${fraction && `.${fraction}`}`;
}

const tokenPrice = moneySchema({ min: 0n, max: MAX_TOKEN_PRICE_NANOS });

/** The price itself. All amounts are decimal strings of the ledger currency. */
const priceShapes = {
  free: {},
  flat: {
    /** A month, in whole cents. */
    monthlyFee: moneySchema({ min: MIN_MONTHLY_FEE_NANOS, max: MAX_MONTHLY_FEE_NANOS, decimals: 2 }),
  },
  per_call: {
    /** One call; the smallest price is a nano. */
    callPrice: moneySchema({ min: 1n, max: MAX_CALL_PRICE_NANOS }),
  },
  per_token: {
    /** A million tokens of the prompt. */
    inputPrice: tokenPrice,
    /** A million tokens of the answer. */
    outputPrice: tokenPrice,
    /** Models with prices of their own; the two above count for all others. */
    modelPrices: z
      .array(z.strictObject({ model: modelIdSchema, inputPrice: tokenPrice, outputPrice: tokenPrice }))
      .max(MAX_MODEL_PRICES)
      .default([]),
  },
};

export const priceSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('free') }),
    z.strictObject({ kind: z.literal('flat'), ...priceShapes.flat }),
    z.strictObject({ kind: z.literal('per_call'), ...priceShapes.per_call }),
    z.strictObject({ kind: z.literal('per_token'), ...priceShapes.per_token }),
  ])
  .superRefine(checkTokenPrices);

function checkTokenPrices(
  price: z.output<(typeof planOptions)[number]> | { kind: string },
  check: z.RefinementCtx,
): void {
  if (price.kind !== 'per_token' || !('modelPrices' in price)) return;
  const seen = new Set<string>();
  price.modelPrices.forEach(({ model }, index) => {
    if (seen.has(model))
      check.addIssue({ code: 'custom', path: ['modelPrices', index, 'model'], message: 'taken' });
    seen.add(model);
  });
  if (price.inputPrice + price.outputPrice === 0n) {
    check.addIssue({
      code: 'custom',
      path: ['outputPrice'],
      message: 'too_small',
      params: { min: '0.000000001' },
    });
  }
}

const MAX_MODEL_LIMITS = 50;
const limit = (max: number) => z.coerce.number().int().min(1).max(max);

/** `gpt-*`: a model name whose stars stand for any characters. */
const modelPatternSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[\w./:@+*-]+$/, 'invalid');

const modelLimitsSchema = z
  .array(
    z
      .strictObject({
        model: modelPatternSchema,
        requestsPerMinute: limit(1_000_000).optional(),
        tokensPerMinute: limit(1_000_000_000).optional(),
      })
      .refine((entry) => entry.requestsPerMinute !== undefined || entry.tokensPerMinute !== undefined, {
        path: ['requestsPerMinute'],
        message: 'required',
      }),
  )
  .max(MAX_MODEL_LIMITS);

/** Ceilings for each key on a plan. */
const limitShape = {
  requestsPerMinute: limit(1_000_000),
  requestsPerDay: limit(1_000_000_000),
  tokensPerMinute: limit(1_000_000_000),
  tokensPerDay: limit(1_000_000_000_000),
  maxConcurrency: limit(100_000),
};

/** Ceilings as they change: absent fields stay, null is the platform's default. */
export const planLimitsSchema = z.strictObject({
  requestsPerMinute: limitShape.requestsPerMinute.nullable().optional(),
  requestsPerDay: limitShape.requestsPerDay.nullable().optional(),
  tokensPerMinute: limitShape.tokensPerMinute.nullable().optional(),
  tokensPerDay: limitShape.tokensPerDay.nullable().optional(),
  maxConcurrency: limitShape.maxConcurrency.nullable().optional(),
  modelLimits: modelLimitsSchema.optional(),
});

const planShape = {
  name: planNameSchema,
  description: z.string().trim().max(500).default(''),
  /** Ceilings; absent: the platform's default. */
  ...z.strictObject(limitShape).partial().shape,
  modelLimits: modelLimitsSchema.default([]),
};

const planOptions = [
  z.strictObject({ ...planShape, kind: z.literal('free') }),
  z.strictObject({ ...planShape, kind: z.literal('flat'), ...priceShapes.flat }),
  z.strictObject({ ...planShape, kind: z.literal('per_call'), ...priceShapes.per_call }),
  z.strictObject({ ...planShape, kind: z.literal('per_token'), ...priceShapes.per_token }),
] as const;

/** A plan with its first price, without the service it belongs to. */
export const planSchema = z.discriminatedUnion('kind', planOptions).superRefine(checkTokenPrices);

export type PlanInput = z.input<typeof planSchema>;
export type ParsedPlan = z.output<typeof planSchema>;
export type PriceInput = z.input<typeof priceSchema>;
export type ParsedPrice = z.output<typeof priceSchema>;
