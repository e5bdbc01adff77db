/** From what a seller typed to the rows of a price version, and back. */
import type { PlanKind } from '../../../db/schema/index.ts';
import { toDecimal, type Nanos } from '../../lib/money.ts';
import type { CurrentPrice, UnitPrice } from './plan-with-price.ts';
import type { ParsedPrice } from './schemas.ts';

const MILLION = 1_000_000n;

export interface PriceRows {
  recurringNanos: Nanos;
  recurringInterval: 'month' | null;
  components: UnitPrice[];
}

/** The rows that say this price. */
export function toPriceRows(price: ParsedPrice): PriceRows {
  switch (price.kind) {
    case 'free':
      return { recurringNanos: 0n, recurringInterval: null, components: [] };
    case 'flat':
      return { recurringNanos: price.monthlyFee, recurringInterval: 'month', components: [] };
    case 'per_call':
      return {
        recurringNanos: 0n,
        recurringInterval: null,
        components: [{ meter: 'call', model: '*', nanosPerMillion: price.callPrice * MILLION }],
      };
    case 'per_token':
      return {
        recurringNanos: 0n,
        recurringInterval: null,
        components: [
          { model: '*', inputPrice: price.inputPrice, outputPrice: price.outputPrice },
          ...price.modelPrices,
        ].flatMap(({ model, inputPrice, outputPrice }) => [
          { meter: 'input_token' as const, model, nanosPerMillion: inputPrice },
          { meter: 'output_token' as const, model, nanosPerMillion: outputPrice },
        ]),
      };
  }
}

/** A price as a seller would type it: decimal strings, only the fields of the plan's kind. */
export interface DecimalPrice {
  monthlyFee?: string;
  callPrice?: string;
  inputPrice?: string;
  outputPrice?: string;
  modelPrices?: { model: string; inputPrice: string; outputPrice: string }[];
}

/** The reverse of `toPriceRows`. */
export function toDecimalPrice(kind: PlanKind, price: CurrentPrice): DecimalPrice {
  const unit = (meter: UnitPrice['meter'], model: string): Nanos =>
    price.components.find((component) => component.meter === meter && component.model === model)
      ?.nanosPerMillion ?? 0n;
  switch (kind) {
    case 'free':
      return {};
    case 'freemium':
    case 'tiered':
    case 'custom':
    case 'flat':
      return { monthlyFee: toDecimal(price.recurringNanos) };
    case 'per_call':
      return { callPrice: toDecimal(unit('call', '*') / MILLION) };
    case 'per_token': {
      const models = new Set(price.components.map(({ model }) => model).filter((model) => model !== '*'));
      return {
        inputPrice: toDecimal(unit('input_token', '*')),
        outputPrice: toDecimal(unit('output_token', '*')),
        modelPrices: [...models].map((model) => ({
          model,
          inputPrice: toDecimal(unit('input_token', model)),
          outputPrice: toDecimal(unit('output_token', model)),
        })),
      };
    }
  }
}
