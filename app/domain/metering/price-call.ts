import type { ChargeLine, Meter, PriceVersion } from '../../../db/schema/index.ts';
import { priceOf, type Nanos } from '../../lib/money.ts';

/** One row of `price_components`; the price as text, because it travels through JSON. */
export interface PriceComponentInput {
  meter: Meter;
  /** '*': every model without a price of its own. */
  model: string;
  nanosPerMillion: string;
  /** Tier: units of the period beyond this many. */
  fromUnits?: number;
  /** Context step: calls with at least this many input tokens of any kind. */
  fromContextTokens?: number;
}

/** One row of `price_quotas`. */
export interface PriceQuotaInput {
  meter: Meter;
  includedUnits: number;
  overage: 'hard_stop' | 'priced';
}

export interface PriceInput {
  components: readonly PriceComponentInput[];
  quotas?: readonly PriceQuotaInput[];
  tierMode?: PriceVersion['tierMode'];
}

/** Units of a call by meter. Tokens are disjoint: see METERS. */
export type Quantities = Partial<Record<Meter, number>>;

/** How far a subscription's period has come in one meter. */
export interface MeterPosition {
  /** All units that were settled. */
  usedUnits: number;
  /** Those of them that the quota paid for. */
  quotaUnits: number;
  /** Of the quota set aside for other calls under way. */
  heldUnits?: number;
}
export type Positions = Partial<Record<Meter, MeterPosition>>;

interface Tier {
  fromUnits: number;
  nanosPerMillion: Nanos;
}

/** The tiers for calls of a context size. */
interface Step {
  /** Whose price it is; '*': that of all. */
  model: string;
  fromContextTokens: number;
  tiers: readonly Tier[];
}

/** What each meter costs a call for one model. */
interface Rates {
  steps: ReadonlyMap<Meter, readonly Step[]>;
  /** Something is priced for some model, and not for this one. */
  isMissing: boolean;
  /** The lines of every call, where nothing else is priced and nothing moves the price; null: they are reckoned. */
  oneCall: readonly ChargeLine[] | null;
}

/** A price version made ready for quick look-ups. */
export interface CompiledPrice {
  readonly quotas: ReadonlyMap<Meter, PriceQuotaInput>;
  readonly tierMode: PriceVersion['tierMode'];
  /** Meters that cost something or are counted. */
  readonly meters: ReadonlySet<Meter>;
  /** Meters whose units of the period decide what a call costs, or whether it may be made. */
  readonly counted: ReadonlySet<Meter>;
  /** There are such meters. */
  readonly isCounted: boolean;
  /** Only requests that are read for their tokens have a price. */
  readonly pricesTokens: boolean;
  readonly anyModel: Rates;
  /** Overrides, already completed from `anyModel`. */
  readonly byModel: ReadonlyMap<string, Rates>;
}

const ANY_MODEL = '*';
const INPUT_METERS = ['input_token', 'cached_input_token', 'cache_write_token'] as const;
const TOKEN_METERS: ReadonlySet<Meter> = new Set([...INPUT_METERS, 'output_token', 'reasoning_token']);
/** Units of these are counted as units of another where nothing else is said of them. */
const COUNTED_AS: Partial<Record<Meter, Meter>> = {
  cached_input_token: 'input_token',
  cache_write_token: 'input_token',
  reasoning_token: 'output_token',
};

/** Sorts components by model, meter, context step and tier; a model takes from `*` what it has not got. */
export function compilePrice({ components, quotas = [], tierMode = 'graduated' }: PriceInput): CompiledPrice {
  const quotaByMeter = new Map(quotas.map((quota) => [quota.meter, quota]));
  const priced = new Set(components.map(({ meter }) => meter));
  const meters = new Set([...priced, ...quotaByMeter.keys()]);
  const tiered = components.filter(({ fromUnits = 0 }) => fromUnits > 0).map(({ meter }) => meter);
  const counted = new Set([...tiered, ...quotaByMeter.keys()]);
  const needed = neededMeters(priced, quotaByMeter);
  const anySteps = stepsOf(components, ANY_MODEL);
  const differsByModel = components.some(({ model }) => model !== ANY_MODEL);
  const isPerCall = counted.size === 0 && meters.size === 1 && meters.has('call');
  const ratesOf = (steps: Map<Meter, readonly Step[]>): Rates => ({
    steps: withQuotaPrices(steps, quotaByMeter),
    isMissing: needed.some((meter) => !isPriced(steps.get(meter)) && !isPaidByQuota(quotaByMeter, meter)),
    oneCall: isPerCall ? oneCallOf(steps.get('call'), differsByModel) : null,
  });
  const byModel = new Map<string, Rates>();
  for (const { model } of components) {
    if (model === ANY_MODEL || byModel.has(model)) continue;
    byModel.set(model, ratesOf(complete(stepsOf(components, model), anySteps)));
  }
  return {
    quotas: quotaByMeter,
    tierMode,
    meters,
    counted,
    isCounted: counted.size > 0,
    pricesTokens: [...meters].some((meter) => TOKEN_METERS.has(meter)),
    anyModel: ratesOf(new Map(anySteps)),
    byModel,
  };
}

/** Meters without which a model counts as unpriced: nothing priced ever runs for free by accident. */
function neededMeters(priced: ReadonlySet<Meter>, quotas: CompiledPrice['quotas']): Meter[] {
  const needed = new Set([...priced].filter((meter) => !(meter in COUNTED_AS)));
  if ([...priced].some((meter) => TOKEN_METERS.has(meter))) needed.add('input_token').add('output_token');
  for (const { meter, overage } of quotas.values())
    if (overage === 'priced') needed.add(COUNTED_AS[meter] ?? meter);
  return [...needed];
}

/** Beyond a quota with a hard stop there is nothing to be priced. */
function isPaidByQuota(quotas: CompiledPrice['quotas'], meter: Meter): boolean {
  return quotas.get(meter)?.overage === 'hard_stop';
}

/** There is a price from the first token of context and the first unit of the period on. */
function isPriced(steps: readonly Step[] | undefined): boolean {
  return steps?.[0]?.fromContextTokens === 0 && steps.every(({ tiers }) => tiers[0]!.fromUnits === 0);
}

/** Null where the size of the context decides. */
function oneCallOf(
  steps: readonly Step[] | undefined,
  differsByModel: boolean,
): readonly ChargeLine[] | null {
  const [step] = steps ?? [];
  if (!step || steps!.length > 1 || !isPriced(steps)) return null;
  const { nanosPerMillion } = step.tiers[0]!;
  return [lineOf('call', 1, nanosPerMillion, differsByModel ? step : undefined)];
}

function lineOf(
  meter: Meter,
  quantity: number,
  nanosPerMillion: Nanos,
  step: Step | undefined,
  included = 0,
): ChargeLine {
  return {
    meter,
    ...(step && { model: step.model }),
    quantity,
    ...(included > 0 && { included }),
    nanosPerMillion: nanosPerMillion.toString(),
    amountNanos: priceOf(BigInt(quantity), nanosPerMillion).toString(),
  };
}

function stepsOf(components: readonly PriceComponentInput[], of: string): Map<Meter, Step[]> {
  const byMeter = new Map<Meter, Map<number, Tier[]>>();
  for (const { meter, model, nanosPerMillion, fromUnits = 0, fromContextTokens = 0 } of components) {
    if (model !== of) continue;
    const steps = byMeter.get(meter) ?? new Map<number, Tier[]>();
    byMeter.set(meter, steps);
    const tiers = steps.get(fromContextTokens) ?? [];
    steps.set(fromContextTokens, tiers);
    tiers.push({ fromUnits, nanosPerMillion: BigInt(nanosPerMillion) });
  }
  const sorted = new Map<Meter, Step[]>();
  for (const [meter, steps] of byMeter) {
    const list = [...steps].map(([fromContextTokens, tiers]) => ({
      model: of,
      fromContextTokens,
      tiers: tiers.sort((one, other) => one.fromUnits - other.fromUnits),
    }));
    sorted.set(
      meter,
      list.sort((one, other) => one.fromContextTokens - other.fromContextTokens),
    );
  }
  return sorted;
}

/** Own steps, and below the first of them those for every model. */
function complete(
  own: ReadonlyMap<Meter, readonly Step[]>,
  any: ReadonlyMap<Meter, readonly Step[]>,
): Map<Meter, readonly Step[]> {
  const steps = new Map(any);
  for (const [meter, list] of own) {
    const first = list[0]!.fromContextTokens;
    const below = (any.get(meter) ?? []).filter(({ fromContextTokens }) => fromContextTokens < first);
    steps.set(meter, [...below, ...list]);
  }
  return steps;
}

/** Beyond a quota of their own, cached and reasoning tokens cost what plain ones do where nothing else is said. */
function withQuotaPrices(
  steps: Map<Meter, readonly Step[]>,
  quotas: CompiledPrice['quotas'],
): Map<Meter, readonly Step[]> {
  for (const meter of quotas.keys()) {
    const base = steps.get(COUNTED_AS[meter] ?? meter);
    if (base && !steps.has(meter)) steps.set(meter, base);
  }
  return steps;
}

function ratesFor(price: CompiledPrice, model: string | null): Rates {
  return (model === null ? undefined : price.byModel.get(model)) ?? price.anyModel;
}

/** True when this model has no price, although there are prices for such calls. */
export function isPriceMissing(price: CompiledPrice, model: string | null): boolean {
  return ratesFor(price, model).isMissing;
}

/** The first price of a million units, for the smallest context and before any tier; null: none. */
export function listedPrice(price: CompiledPrice, model: string | null, meter: Meter): Nanos | null {
  const { steps } = ratesFor(price, model);
  return steps.get(meter)?.[0]?.tiers[0]?.nanosPerMillion ?? null;
}

export interface PriceCallInput {
  model: string | null;
  quantities: Quantities;
  /** Without them the period has just begun. */
  positions?: Positions;
}

/**
 * What the quantities cost: a line for each meter, and for each tier that a meter goes through. Rounded
 * up to the next nano per line; the charge is the sum of the lines.
 * @returns null when a price is missing, which is not the same as free.
 */
export function priceQuantities(
  price: CompiledPrice,
  { model, quantities, positions = {} }: PriceCallInput,
): readonly ChargeLine[] | null {
  return linesOf(price, { model, quantities, positions }, tiersOf);
}

/**
 * The same, with every unit at the dearest price that the call may come to while others move the
 * period's position: what is set aside for a call.
 */
export function priceAtMost(
  price: CompiledPrice,
  { model, quantities, positions = {} }: PriceCallInput,
): readonly ChargeLine[] | null {
  return linesOf(price, { model, quantities, positions }, dearestTier);
}

type ChooseTiers = (
  tiers: readonly Tier[],
  from: number,
  units: number,
  mode: CompiledPrice['tierMode'],
) => (readonly [units: number, nanosPerMillion: Nanos])[];

function linesOf(
  price: CompiledPrice,
  { model, quantities, positions }: Required<PriceCallInput>,
  choose: ChooseTiers,
): readonly ChargeLine[] | null {
  const rates = ratesFor(price, model);
  if (rates.isMissing) return null;
  if (rates.oneCall && quantities.call === 1) return rates.oneCall;
  const contextTokens = INPUT_METERS.reduce((sum, meter) => sum + (quantities[meter] ?? 0), 0);
  const lines: ChargeLine[] = [];
  for (const [meter, units] of countedUnits(price, model, quantities)) {
    const steps = rates.steps.get(meter);
    const position = positions[meter] ?? { usedUnits: 0, quotaUnits: 0 };
    const included = Math.min(units, freeUnits(price.quotas.get(meter), position));
    const step = steps?.findLast(({ fromContextTokens }) => fromContextTokens <= contextTokens);
    const tiers = step?.tiers;
    const beyond = units - included;
    const parts = tiers
      ? choose(tiers, position.usedUnits - position.quotaUnits, beyond, price.tierMode)
      : [];
    if (beyond > 0 && tiers === undefined && !isPaidByQuota(price.quotas, meter)) return null;
    if (parts.length === 0) parts.push([beyond, tiers?.[0]?.nanosPerMillion ?? 0n]);
    for (const [i, [quantity, nanosPerMillion]] of parts.entries()) {
      const named = price.byModel.size > 0 ? step : undefined;
      lines.push(lineOf(meter, quantity, nanosPerMillion, named, i === 0 ? included : 0));
    }
  }
  return lines;
}

/** True when such a call costs something or is counted. */
export function isCharged(price: CompiledPrice, model: string | null, quantities: Quantities): boolean {
  if (ratesFor(price, model).oneCall && quantities.call === 1) return true;
  return countedUnits(price, model, quantities).size > 0;
}

/**
 * The units that this price counts, by the meter that it counts them as: cached and reasoning tokens
 * are plain ones where nothing else is said of them, and what has no price is left out.
 */
export function countedUnits(
  price: CompiledPrice,
  model: string | null,
  quantities: Quantities,
): Map<Meter, number> {
  const { steps } = ratesFor(price, model);
  const counted = new Map<Meter, number>();
  for (const [name, units] of Object.entries(quantities)) {
    const own = name as Meter;
    const isOwn = steps.has(own) || price.quotas.has(own);
    const meter = isOwn ? own : (COUNTED_AS[own] ?? own);
    if (units === 0 || (!steps.has(meter) && !price.quotas.has(meter))) continue;
    counted.set(meter, (counted.get(meter) ?? 0) + units);
  }
  return counted;
}

/** Units of the quota that this call may still have. */
export function freeUnits(quota: PriceQuotaInput | undefined, position: MeterPosition | undefined): number {
  if (quota === undefined) return 0;
  return Math.max(0, quota.includedUnits - (position?.quotaUnits ?? 0) - (position?.heldUnits ?? 0));
}

/** `graduated`: each unit at its own tier's price; `volume`: all at the price of the tier reached. */
const tiersOf: ChooseTiers = (tiers, from, units, mode) => {
  if (units === 0) return [];
  if (mode === 'volume') return [[units, tierOf(tiers, from + units).nanosPerMillion]];
  const parts: (readonly [number, Nanos])[] = [];
  for (const [i, tier] of tiers.entries()) {
    const begin = Math.max(from, tier.fromUnits);
    const end = Math.min(from + units, tiers[i + 1]?.fromUnits ?? Infinity);
    if (end > begin) parts.push([end - begin, tier.nanosPerMillion]);
  }
  return parts;
};

const dearestTier: ChooseTiers = (tiers, from, units) => {
  if (units === 0) return [];
  let dearest = tierOf(tiers, from + 1).nanosPerMillion;
  for (const tier of tiers)
    if (tier.fromUnits > from && tier.fromUnits < from + units && tier.nanosPerMillion > dearest)
      dearest = tier.nanosPerMillion;
  return [[units, dearest]];
};

/** The tier of the period's n-th unit. */
function tierOf(tiers: readonly Tier[], unit: number): Tier {
  return tiers.findLast(({ fromUnits }) => fromUnits < unit) ?? tiers[0]!;
}

/** What the units of a line cost at the price of the tier that the period has reached in the end. */
export function priceOfVolume(
  price: CompiledPrice,
  { meter, model = ANY_MODEL, quantity, nanosPerMillion, amountNanos }: ChargeLine & { meter: Meter },
  reached: number,
): Nanos {
  const steps = ratesFor(price, model).steps.get(meter) ?? [];
  const was = BigInt(nanosPerMillion);
  const step = steps.find(({ tiers }) => tiers.some((tier) => tier.nanosPerMillion === was));
  return step ? priceOf(BigInt(quantity), tierOf(step.tiers, reached).nanosPerMillion) : BigInt(amountNanos);
}

/** The charge that the lines explain. */
export function sumLines(lines: readonly ChargeLine[]): Nanos {
  return lines.reduce((sum, { amountNanos }) => sum + BigInt(amountNanos), 0n);
}
