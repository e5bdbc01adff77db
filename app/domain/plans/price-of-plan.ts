/** From what a seller typed to the rows of a price version, and back. */
import type { Meter, PlanKind, PriceQuota, PriceVersion } from '../../../db/schema/index.ts';
import { toDecimal, type Nanos } from '../../lib/money.ts';
import type { CurrentPrice, UnitPrice } from './plan-with-price.ts';
import type { GeneralPrice, ShortPrice } from './schemas.ts';

const MILLION = 1_000_000n;

/** How many units of a meter a price is for, as people write it: one call, a second, a million of the others. */
export const PRICED_UNITS: Readonly<Record<Meter, bigint>> = {
  call: 1n,
  input_token: MILLION,
  cached_input_token: MILLION,
  cache_write_token: MILLION,
  output_token: MILLION,
  reasoning_token: MILLION,
  request_byte: MILLION,
  response_byte: MILLION,
  millisecond: 1_000n,
};

export type Quota = Pick<PriceQuota, 'meter' | 'includedUnits' | 'overage'>;

/** The rows that say a price, and the preset it is. */
export interface ParsedPrice extends Pick<
  PriceVersion,
  'recurringNanos' | 'recurringInterval' | 'trialDays' | 'tierMode'
> {
  kind: PlanKind;
  components: UnitPrice[];
  quotas: Quota[];
}

const unitPrice = (meter: Meter, model: string, price: Nanos): UnitPrice => ({
  meter,
  model,
  fromUnits: 0,
  fromContextTokens: 0,
  nanosPerMillion: price * (MILLION / PRICED_UNITS[meter]),
});

function toGeneral(price: ShortPrice): GeneralPrice {
  const general = { kind: price.kind, trialDays: 0, tierMode: 'graduated' as const, quotas: [], prices: [] };
  const row = (meter: Meter, model: string, amount: Nanos) => ({
    ...{ meter, model, price: amount },
    ...{ fromUnits: 0, fromContextTokens: 0 },
  });
  switch (price.kind) {
    case 'free':
      return general;
    case 'flat':
      return { ...general, fee: price.monthlyFee, interval: 'month' };
    case 'per_call':
      return { ...general, prices: [row('call', '*', price.callPrice)] };
    case 'per_token':
      return {
        ...general,
        prices: [
          { model: '*', inputPrice: price.inputPrice, outputPrice: price.outputPrice },
          ...price.modelPrices,
        ].flatMap(({ model, inputPrice, outputPrice }) => [
          row('input_token', model, inputPrice),
          row('output_token', model, outputPrice),
        ]),
      };
  }
}

/** The rows that say this price. */
export function toPriceRows(price: ShortPrice | GeneralPrice): ParsedPrice {
  const general = 'prices' in price ? price : toGeneral(price);
  return {
    kind: general.kind ?? presetOf(general),
    recurringNanos: general.fee ?? 0n,
    recurringInterval: general.interval ?? null,
    trialDays: general.trialDays,
    tierMode: general.tierMode,
    components: general.prices.map(({ meter, model, price: amount, fromUnits, fromContextTokens }) => ({
      ...unitPrice(meter, model, amount),
      ...{ fromUnits, fromContextTokens },
    })),
    quotas: general.quotas.map(({ meter, included, overage }) => ({
      meter,
      includedUnits: included,
      overage,
    })),
  };
}

/** Whether a price is what the name of the preset promises. */
export function presetFits(kind: PlanKind, price: Omit<GeneralPrice, 'kind'>): boolean {
  const { fee, quotas, prices } = price;
  const costs = prices.some((one) => one.price > 0n);
  switch (kind) {
    case 'free':
      return fee === undefined && !costs;
    case 'flat':
      return fee !== undefined && !costs;
    case 'per_call':
      return fee === undefined && costs && prices.every(({ meter }) => meter === 'call');
    case 'per_token':
      return fee === undefined && costs && prices.every(({ meter }) => meter.endsWith('_token'));
    case 'freemium':
      return fee === undefined && costs && quotas.length > 0;
    case 'tiered':
      return prices.some(({ fromUnits }) => fromUnits > 0);
    case 'custom':
      return true;
  }
}

const PRESETS = ['tiered', 'freemium', 'free', 'flat', 'per_call', 'per_token'] as const;

/** The preset that a price without a name is. */
export function presetOf(price: Omit<GeneralPrice, 'kind'>): PlanKind {
  return PRESETS.find((kind) => presetFits(kind, price)) ?? 'custom';
}

/** A price as a seller would type it in the short form: decimal strings, only the fields of the plan's kind. */
export interface DecimalPrice {
  monthlyFee?: string;
  callPrice?: string;
  inputPrice?: string;
  outputPrice?: string;
  modelPrices?: { model: string; inputPrice: string; outputPrice: string }[];
}

/** The price in the short form as far as that can say it; `toGeneralPrice` says all of it. */
export function toDecimalPrice(kind: PlanKind, price: CurrentPrice): DecimalPrice {
  const decimal = (meter: Meter, model: string): string | undefined => {
    const found = price.components.find((one) => isBase(one) && one.meter === meter && one.model === model);
    return found && toDecimal(amountOf(found));
  };
  switch (kind) {
    case 'flat':
      return price.recurringInterval === 'month' ? { monthlyFee: toDecimal(price.recurringNanos) } : {};
    case 'per_call': {
      const callPrice = decimal('call', '*');
      return callPrice === undefined ? {} : { callPrice };
    }
    case 'per_token': {
      const [inputPrice, outputPrice] = [decimal('input_token', '*'), decimal('output_token', '*')];
      const models = new Set(price.components.map(({ model }) => model).filter((model) => model !== '*'));
      return {
        ...(inputPrice !== undefined && { inputPrice }),
        ...(outputPrice !== undefined && { outputPrice }),
        modelPrices: [...models].flatMap((model) => {
          const own = {
            inputPrice: decimal('input_token', model) ?? inputPrice,
            outputPrice: decimal('output_token', model) ?? outputPrice,
          };
          return own.inputPrice === undefined || own.outputPrice === undefined
            ? []
            : [{ model, inputPrice: own.inputPrice, outputPrice: own.outputPrice }];
        }),
      };
    }
    default:
      return {};
  }
}

const isBase = ({ fromUnits, fromContextTokens }: UnitPrice): boolean =>
  fromUnits === 0 && fromContextTokens === 0;

/** What a price is for, as people write it: for one call, a second, a million of the others. */
export function amountOf({ meter, nanosPerMillion }: Pick<UnitPrice, 'meter' | 'nanosPerMillion'>): Nanos {
  return nanosPerMillion / (MILLION / PRICED_UNITS[meter]);
}

/** The general form of a price, as `priceSchema` reads it. */
export interface DecimalGeneralPrice {
  fee?: string;
  interval?: 'month' | 'year';
  trialDays: number;
  tierMode: 'graduated' | 'volume';
  quotas: { meter: Meter; included: number; overage: Quota['overage'] }[];
  prices: { meter: Meter; price: string; model: string; fromUnits: number; fromContextTokens: number }[];
}

/** The reverse of `toPriceRows`: everything a price version says. */
export function toGeneralPrice(price: Omit<ParsedPrice, 'kind'>): DecimalGeneralPrice {
  return {
    ...(price.recurringInterval && {
      fee: toDecimal(price.recurringNanos),
      interval: price.recurringInterval,
    }),
    trialDays: price.trialDays,
    tierMode: price.tierMode,
    quotas: price.quotas.map(({ meter, includedUnits, overage }) => ({
      meter,
      included: includedUnits,
      overage,
    })),
    prices: price.components.map((component) => ({
      meter: component.meter,
      price: toDecimal(amountOf(component)),
      model: component.model,
      fromUnits: component.fromUnits,
      fromContextTokens: component.fromContextTokens,
    })),
  };
}
