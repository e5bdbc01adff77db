import type { Meter, PlanKind } from '../../../db/schema/index.ts';
import { priceOf, type Nanos } from '../../lib/money.ts';

/** One row of `price_components`; the price as text, because it travels through JSON. */
export interface UnitPriceInput {
  meter: Meter;
  /** '*': every model without a price of its own. */
  model: string;
  nanosPerMillion: string;
}

/** What a million units of each meter cost; null: no price, which is not the same as free. */
export interface UnitPrices {
  call: Nanos | null;
  inputToken: Nanos | null;
  outputToken: Nanos | null;
}

/** A price version made ready for quick look-ups. */
export interface UnitPriceTable {
  anyModel: UnitPrices;
  /** Overrides, already completed from `anyModel`. */
  byModel: ReadonlyMap<string, UnitPrices>;
}

export interface MeteredQuantities {
  calls: number;
  inputTokens: number;
  outputTokens: number;
}

const ANY_MODEL = '*';
const FIELD_OF_METER: Partial<Record<Meter, keyof UnitPrices>> = {
  call: 'call',
  input_token: 'inputToken',
  output_token: 'outputToken',
};

/** Sorts components by model; a model without a price for some meter takes the one for every model. */
export function compileUnitPrices(components: readonly UnitPriceInput[]): UnitPriceTable {
  const anyModel: UnitPrices = { call: null, inputToken: null, outputToken: null };
  for (const { meter, model, nanosPerMillion } of components) {
    const field = FIELD_OF_METER[meter];
    if (field && model === ANY_MODEL) anyModel[field] = BigInt(nanosPerMillion);
  }
  const byModel = new Map<string, UnitPrices>();
  for (const { meter, model, nanosPerMillion } of components) {
    const field = FIELD_OF_METER[meter];
    if (!field || model === ANY_MODEL) continue;
    const prices = byModel.get(model) ?? { ...anyModel };
    prices[field] = BigInt(nanosPerMillion);
    byModel.set(model, prices);
  }
  return { anyModel, byModel };
}

/**
 * The prices that apply to a call on a plan of this kind; null when one that the kind needs is
 * missing, so that nothing priced ever runs for free by accident.
 */
export function findUnitPrices(
  price: UnitPriceTable,
  kind: PlanKind,
  model: string | null,
): UnitPrices | null {
  const prices = (model === null ? undefined : price.byModel.get(model)) ?? price.anyModel;
  if (kind === 'per_call' && prices.call === null) return null;
  if (kind === 'per_token' && (prices.inputToken === null || prices.outputToken === null)) return null;
  return prices;
}

/** What the quantities cost, in nanos; every component is rounded up to the next nano. */
export function priceCall(prices: UnitPrices, quantities: MeteredQuantities): Nanos {
  return (
    lineOf(quantities.calls, prices.call) +
    lineOf(quantities.inputTokens, prices.inputToken) +
    lineOf(quantities.outputTokens, prices.outputToken)
  );
}

function lineOf(quantity: number, nanosPerMillion: Nanos | null): Nanos {
  return nanosPerMillion === null || quantity === 0 ? 0n : priceOf(BigInt(quantity), nanosPerMillion);
}
