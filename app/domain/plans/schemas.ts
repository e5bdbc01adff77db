import { z } from 'zod';
import { METERS, OVERAGES, PLAN_KINDS } from '../../../db/schema/index.ts';
import { NANOS_PER_CENT, NANOS_PER_UNIT, parseDecimal, type Nanos } from '../../lib/money.ts';
import { checkPrice, MAX_CALL_PRICE_NANOS, MAX_PRICED_MODELS } from './check-price.ts';
import { toPriceRows, type ParsedPrice } from './price-of-plan.ts';

/** Stripe charges at least 50 cents. */
const MIN_MONTHLY_FEE_NANOS: Nanos = NANOS_PER_UNIT / 2n;
/** Stripe charges at most 999,999.99. */
const MAX_MONTHLY_FEE_NANOS: Nanos = 1_000_000n * NANOS_PER_UNIT - NANOS_PER_CENT;
const MAX_TOKEN_PRICE_NANOS: Nanos = 100_000n * NANOS_PER_UNIT;
/** More than a year of any meter, and far from where doubles lose units. */
const MAX_UNITS = 1_000_000_000_000_000;
const MAX_CONTEXT_TOKENS = 100_000_000;
const MAX_TRIAL_DAYS = 730;
const MAX_PRICES = 1_000;

export const planNameSchema = z.string().trim().min(1).max(60);

/** Model ids as LLM upstreams write them: `gpt-4o-mini`, `meta-llama/Llama-3:free`. */
export const modelIdSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[\w./:@+-]+$/, 'invalid');

/** A whole number within bounds, as JSON has it or as a form's digits: no signs, no hexadecimal, nothing else. */
const countSchema = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\s*\d{1,16}\s*$/.test(value) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );

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
const fee = moneySchema({ min: MIN_MONTHLY_FEE_NANOS, max: MAX_MONTHLY_FEE_NANOS, decimals: 2 });

/** The short forms: a preset and its few amounts, decimal strings of the ledger currency. */
const shortShapes = {
  free: {},
  flat: {
    /** A month, in whole cents. */
    monthlyFee: fee,
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
      .max(MAX_PRICED_MODELS)
      .default([]),
  },
};

/** What the form of every price is made of; presets only fill it in. */
const generalShape = {
  kind: z.enum(PLAN_KINDS).optional(),
  /** Every interval, in whole cents. */
  fee: fee.optional(),
  interval: z.enum(['month', 'year']).optional(),
  /** Before the first fee. */
  trialDays: countSchema(0, MAX_TRIAL_DAYS).default(0),
  tierMode: z.enum(['graduated', 'volume']).default('graduated'),
  /** Units of a billing period that cost nothing more, and what comes after them. */
  quotas: z
    .array(
      z.strictObject({
        meter: z.enum(METERS),
        included: countSchema(1, MAX_UNITS),
        overage: z.enum(OVERAGES),
      }),
    )
    .max(METERS.length)
    .default([]),
  prices: z
    .array(
      z.strictObject({
        meter: z.enum(METERS),
        /** For one call, a second, or a million tokens or bytes (`PRICED_UNITS`). */
        price: moneySchema({ min: 0n, max: MAX_TOKEN_PRICE_NANOS }),
        /** '*': every model without a price of its own. */
        model: z.union([z.literal('*'), modelIdSchema]).default('*'),
        /** Tier: from this many units of the billing period on, those of the quota not counted. */
        fromUnits: countSchema(0, MAX_UNITS).default(0),
        /** Context-size step: for calls with at least this many input tokens. */
        fromContextTokens: countSchema(0, MAX_CONTEXT_TOKENS).default(0),
      }),
    )
    .max(MAX_PRICES)
    .default([]),
};

const GENERAL_FIELDS = ['fee', 'interval', 'trialDays', 'tierMode', 'quotas', 'prices'];

/** The kinds that the short form does not know, or any field of the general one. */
function isGeneral(input: object): boolean {
  const kind = 'kind' in input ? input.kind : undefined;
  return (
    kind === 'freemium' ||
    kind === 'tiered' ||
    kind === 'custom' ||
    GENERAL_FIELDS.some((field) => field in input)
  );
}

/** A schema that reads either form and answers with the rows of a price version. */
function eitherForm<Input, Output>(short: z.ZodType<Output>, general: z.ZodType<Output>) {
  return z.custom<Input>().transform((input, check): Output => {
    const isObject = typeof input === 'object' && input !== null;
    const parsed = (isObject && isGeneral(input) ? general : short).safeParse(input);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) check.addIssue({ ...issue });
    return z.NEVER;
  });
}

function checkTokenPrices(
  price: { kind: string } | z.output<typeof shortTokens>,
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

const shortTokens = z.strictObject({ kind: z.literal('per_token'), ...shortShapes.per_token });
const shortPrices = [
  z.strictObject({ kind: z.literal('free') }),
  z.strictObject({ kind: z.literal('flat'), ...shortShapes.flat }),
  z.strictObject({ kind: z.literal('per_call'), ...shortShapes.per_call }),
  shortTokens,
] as const;
const shortPriceSchema = z.discriminatedUnion('kind', shortPrices).superRefine(checkTokenPrices);
const generalPriceSchema = z.strictObject(generalShape).superRefine(checkPrice);

export type ShortPrice = z.output<typeof shortPriceSchema>;
export type GeneralPrice = z.output<typeof generalPriceSchema>;
export type GeneralPriceInput = z.input<typeof generalPriceSchema>;
export type PriceInput = z.input<typeof shortPriceSchema> | GeneralPriceInput;

/** A price in either form; parsed, it is the rows of a price version. */
export const priceSchema = eitherForm<PriceInput, ParsedPrice>(
  shortPriceSchema.transform(toPriceRows),
  generalPriceSchema.transform(toPriceRows),
);

const MAX_MODEL_LIMITS = 50;
const limit = (max: number) => countSchema(1, max);

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

/** Ceilings for each buyer on a plan. */
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
  /** Private plans are for those whom the seller invites. */
  visibility: z.enum(['public', 'private']).default('public'),
  /** Ceilings; absent: the platform's default. */
  ...z.strictObject(limitShape).partial().shape,
  modelLimits: modelLimitsSchema.default([]),
};

const shortPlanSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...planShape, kind: z.literal('free') }),
    z.strictObject({ ...planShape, kind: z.literal('flat'), ...shortShapes.flat }),
    z.strictObject({ ...planShape, kind: z.literal('per_call'), ...shortShapes.per_call }),
    z.strictObject({ ...planShape, kind: z.literal('per_token'), ...shortShapes.per_token }),
  ])
  .superRefine(checkTokenPrices);
const generalPlanSchema = z.strictObject({ ...planShape, ...generalShape }).superRefine(checkPrice);

export type PlanInput = z.input<typeof shortPlanSchema> | z.input<typeof generalPlanSchema>;
export type ParsedPlan = z.output<z.ZodObject<typeof planShape>> & { price: ParsedPrice };

function toParsedPlan(
  plan: z.output<typeof shortPlanSchema> | z.output<typeof generalPlanSchema>,
): ParsedPlan {
  const { name, description, visibility, requestsPerMinute, requestsPerDay, tokensPerMinute } = plan;
  const { tokensPerDay, maxConcurrency, modelLimits } = plan;
  return {
    ...{ name, description, visibility, requestsPerMinute, requestsPerDay, tokensPerMinute },
    ...{ tokensPerDay, maxConcurrency, modelLimits, price: toPriceRows(plan) },
  };
}

/** A plan with its first price, without the service it belongs to. */
export const planSchema = eitherForm<PlanInput, ParsedPlan>(
  shortPlanSchema.transform(toParsedPlan),
  generalPlanSchema.transform(toParsedPlan),
);

export const planInvitationSchema = z.strictObject({
  planId: z.string(),
  email: z.email().max(254).toLowerCase(),
});
export type PlanInvitationInput = z.input<typeof planInvitationSchema>;
