/** What recorded calls cost at some price: pure arithmetic over what the events say was used. */
import type { ChargeLine, Meter, UsageEvent } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import {
  compilePrice,
  countedUnits,
  freeUnits,
  priceOfVolume,
  priceQuantities,
  sumLines,
  type CompiledPrice,
  type MeterPosition,
  type Quantities,
} from '../metering/index.ts';
import type { ParsedPrice } from './price-of-plan.ts';

/** What a replay reads of an event. */
export interface ReplayEvent extends Pick<
  UsageEvent,
  | 'subscriptionId'
  | 'organizationId'
  | 'model'
  | 'inputTokens'
  | 'outputTokens'
  | 'cachedInputTokens'
  | 'cacheWriteTokens'
  | 'reasoningTokens'
  | 'requestBytes'
  | 'responseBytes'
  | 'totalMs'
> {
  /** False: nothing was delivered that a price could be for. */
  isBillable: boolean;
  /** False: only what was delivered of a broken answer is paid for, not the call. */
  isWhole: boolean;
  /** Start of the subscription's billing period. */
  period: string;
  /** Before the days that are looked at: it only moves the period on. */
  isLeadIn: boolean;
}

export interface ReplayResult {
  /** For each event, in order; null: the call would have been refused. */
  charges: (Nanos | null)[];
  /** What volume tiers give back at the end of the periods, by subscription. */
  discounts: Map<string, Nanos>;
  refusedByQuota: number;
  withoutPrice: number;
  /** Subscriptions that come to the end of a quota with a hard stop. */
  stopped: Set<string>;
}

/** A price as the arithmetic of calls takes it. */
export function compileRows(price: Pick<ParsedPrice, 'components' | 'quotas' | 'tierMode'>): CompiledPrice {
  return compilePrice({
    components: price.components.map((one) => ({ ...one, nanosPerMillion: one.nanosPerMillion.toString() })),
    quotas: price.quotas,
    tierMode: price.tierMode,
  });
}

/** Units by meter; the parts of the tokens are told apart. */
export function quantitiesOf(event: ReplayEvent): Quantities {
  const cached = event.cachedInputTokens ?? 0;
  const written = event.cacheWriteTokens ?? 0;
  const reasoning = event.reasoningTokens ?? 0;
  const whole = { call: 1, request_byte: event.requestBytes, millisecond: event.totalMs };
  return {
    ...(event.isWhole && whole),
    input_token: Math.max(0, (event.inputTokens ?? 0) - cached - written),
    cached_input_token: cached,
    cache_write_token: written,
    output_token: Math.max(0, (event.outputTokens ?? 0) - reasoning),
    reasoning_token: reasoning,
    response_byte: event.responseBytes,
  };
}

interface Period {
  subscriptionId: string;
  positions: Partial<Record<Meter, MeterPosition>>;
  lines: ChargeLine[];
}

/** Prices events in the order given, each subscription and period for itself. */
export function replayUsage(price: CompiledPrice, events: readonly ReplayEvent[]): ReplayResult {
  const periods = new Map<string, Period>();
  const result: ReplayResult = {
    charges: [],
    discounts: new Map(),
    refusedByQuota: 0,
    withoutPrice: 0,
    stopped: new Set(),
  };
  for (const event of events) {
    result.charges.push(replayOne(price, event, periods, result));
  }
  if (price.tierMode === 'volume') addDiscounts(price, periods, result);
  return result;
}

function replayOne(
  price: CompiledPrice,
  event: ReplayEvent,
  periods: Map<string, Period>,
  result: ReplayResult,
): Nanos | null {
  if (!event.isBillable) return 0n;
  const { model, subscriptionId } = event;
  const quantities = quantitiesOf(event);
  const key = `${subscriptionId} ${event.period}`;
  const period: Period = periods.get(key) ?? { subscriptionId, positions: {}, lines: [] };
  periods.set(key, period);
  for (const [meter, units] of countedUnits(price, model, quantities)) {
    const quota = price.quotas.get(meter);
    if (quota?.overage !== 'hard_stop' || freeUnits(quota, period.positions[meter]) >= units) continue;
    if (!event.isLeadIn) {
      result.refusedByQuota++;
      result.stopped.add(subscriptionId);
    }
    return null;
  }
  const lines = priceQuantities(price, { model, quantities, positions: period.positions });
  if (lines === null) {
    if (!event.isLeadIn) result.withoutPrice++;
    return null;
  }
  for (const { meter, quantity, included = 0 } of lines) {
    if (meter === 'adjustment') continue;
    const before = period.positions[meter] ?? { usedUnits: 0, quotaUnits: 0 };
    period.positions[meter] = {
      usedUnits: before.usedUnits + quantity + included,
      quotaUnits: before.quotaUnits + included,
    };
  }
  if (!event.isLeadIn && price.tierMode === 'volume') period.lines.push(...lines);
  return event.isLeadIn ? 0n : sumLines(lines);
}

function addDiscounts(price: CompiledPrice, periods: Map<string, Period>, result: ReplayResult): void {
  for (const { subscriptionId, positions, lines } of periods.values()) {
    let discount = 0n;
    for (const line of lines) {
      const { meter } = line;
      const position = meter === 'adjustment' ? undefined : positions[meter];
      if (meter === 'adjustment' || !position) continue;
      const reached = position.usedUnits - position.quotaUnits;
      discount += BigInt(line.amountNanos) - priceOfVolume(price, { ...line, meter }, reached);
    }
    if (discount === 0n) continue;
    result.discounts.set(subscriptionId, (result.discounts.get(subscriptionId) ?? 0n) + discount);
  }
}
