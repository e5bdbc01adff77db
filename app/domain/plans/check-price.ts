/** What the parts of a general price must be to each other, so that every call can be held and charged. */
import type { z } from 'zod';
import type { Meter } from '../../../db/schema/index.ts';
import { NANOS_PER_UNIT, toDecimal, type Nanos } from '../../lib/money.ts';
import { presetFits } from './price-of-plan.ts';
import type { GeneralPrice } from './schemas.ts';

/** A million calls, or seconds, at this price still fit the column of prices per million. */
export const MAX_CALL_PRICE_NANOS: Nanos = 1_000n * NANOS_PER_UNIT;
export const MAX_PRICED_MODELS = 100;
const MAX_TIERS = 20;
const MAX_CONTEXT_STEPS = 10;

/** What has no price of its own costs what these do. */
const COUNTED_AS: Partial<Record<Meter, Meter>> = {
  cached_input_token: 'input_token',
  cache_write_token: 'input_token',
  reasoning_token: 'output_token',
};

type Price = GeneralPrice['prices'][number];
type Refuse = (path: (string | number)[], message: string, params?: Record<string, string>) => void;

/** Adds an issue for each part that does not go with the others, at the field where it can be mended. */
export function checkPrice(price: GeneralPrice, check: z.RefinementCtx): void {
  const refuse: Refuse = (path, message, params) =>
    check.addIssue({ code: 'custom', path, message, ...(params && { params }) });
  checkFee(price, refuse);
  checkUnitPrices(price.prices, refuse);
  checkSteps(price, refuse);
  checkQuotas(price, refuse);
  checkTokenPairs(price, refuse);
  if (price.kind && !presetFits(price.kind, price)) refuse(['kind'], 'preset_differs');
}

function checkFee({ fee, interval, trialDays }: GeneralPrice, refuse: Refuse): void {
  if (fee !== undefined && interval === undefined) refuse(['interval'], 'required');
  if (fee === undefined && interval !== undefined) refuse(['fee'], 'required');
  if (fee === undefined && trialDays > 0) refuse(['trialDays'], 'fee_needed');
}

function checkUnitPrices(prices: readonly Price[], refuse: Refuse): void {
  const seen = new Set<string>();
  const models = new Set<string>();
  prices.forEach(({ meter, model, fromUnits, fromContextTokens, price }, index) => {
    const key = [meter, model, fromUnits, fromContextTokens].join(' ');
    if (seen.has(key)) refuse(['prices', index, 'meter'], 'taken');
    seen.add(key);
    if (model !== '*') models.add(model);
    if (models.size > MAX_PRICED_MODELS) {
      refuse(['prices', index, 'model'], 'too_many_models', { max: String(MAX_PRICED_MODELS) });
      models.delete(model);
    }
    if ((meter === 'call' || meter === 'millisecond') && price > MAX_CALL_PRICE_NANOS) {
      refuse(['prices', index, 'price'], 'too_big', { max: toDecimal(MAX_CALL_PRICE_NANOS, 0) });
    }
    if (fromContextTokens > 0 && !meter.endsWith('_token')) {
      refuse(['prices', index, 'fromContextTokens'], 'tokens_only');
    }
  });
}

/** Tiers and context-size steps start at 0, are few, and volume tiers do not rise. */
function checkSteps({ prices, tierMode }: GeneralPrice, refuse: Refuse): void {
  const indexed = prices.map((price, index) => ({ ...price, index }));
  const perModel = Map.groupBy(indexed, ({ meter, model }) => `${meter} ${model}`);
  for (const own of perModel.values()) {
    const steps = Map.groupBy(own, ({ fromContextTokens }) => fromContextTokens);
    if (!steps.has(0)) refuse(['prices', own[0]!.index, 'fromContextTokens'], 'zero_needed');
    if (steps.size > MAX_CONTEXT_STEPS) {
      refuse(['prices', own.at(-1)!.index, 'fromContextTokens'], 'too_many_steps', {
        max: String(MAX_CONTEXT_STEPS),
      });
    }
    for (const tiers of steps.values()) {
      const sorted = tiers.toSorted((a, b) => a.fromUnits - b.fromUnits);
      if (sorted[0]!.fromUnits !== 0) refuse(['prices', sorted[0]!.index, 'fromUnits'], 'zero_needed');
      if (sorted.length > MAX_TIERS) {
        refuse(['prices', sorted.at(-1)!.index, 'fromUnits'], 'too_many_steps', { max: String(MAX_TIERS) });
      }
      if (tierMode !== 'volume') continue;
      sorted.forEach((tier, position) => {
        const before = sorted[position - 1];
        if (before && tier.price > before.price) refuse(['prices', tier.index, 'price'], 'volume_rises');
      });
    }
  }
}

/** Beyond a quota a call is refused or costs something: it is never unclear which. */
function checkQuotas({ quotas, prices }: GeneralPrice, refuse: Refuse): void {
  const seen = new Set<Meter>();
  quotas.forEach(({ meter, overage }, index) => {
    if (seen.has(meter)) refuse(['quotas', index, 'meter'], 'taken');
    seen.add(meter);
    const priced = prices.findIndex((price) => price.meter === meter);
    const isPriced = prices.some((price) => price.meter === meter || price.meter === COUNTED_AS[meter]);
    if (overage === 'priced' && !isPriced) refuse(['quotas', index, 'overage'], 'price_needed');
    if (overage === 'hard_stop' && priced !== -1) refuse(['prices', priced, 'meter'], 'never_reached');
  });
}

/** Who pays for what a model reads pays for what it writes: a call must be priced from end to end. */
function checkTokenPairs({ prices, quotas }: GeneralPrice, refuse: Refuse): void {
  const tokens = prices
    .map((price, index) => ({ ...price, index }))
    .filter(({ meter }) => meter.endsWith('_token'));
  const stopped = new Set(quotas.filter(({ overage }) => overage === 'hard_stop').map(({ meter }) => meter));
  for (const [model, own] of Map.groupBy(tokens, ({ model }) => model)) {
    for (const needed of ['input_token', 'output_token'] as const) {
      const isPriced = tokens.some(
        (price) => price.meter === needed && (price.model === model || price.model === '*'),
      );
      if (!isPriced && !stopped.has(needed)) {
        refuse(
          ['prices', own[0]!.index, 'meter'],
          needed === 'input_token' ? 'input_price_needed' : 'output_price_needed',
        );
      }
    }
  }
}
