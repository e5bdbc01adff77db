import type {
  CallTrace,
  ChargeLine,
  CountedUnits,
  CACHE_RESULTS,
  Fault,
  TerminalState,
  USAGE_SOURCES,
} from '../../../db/schema/index.ts';
import { bareArray, textArray, textElement } from '../../../db/array-literal.ts';
import type { Sql } from '../../../db/client.ts';
import type { Nanos } from '../../lib/money.ts';
import type { MeteringContext } from './metering-context.ts';
import { findPrices } from './find-prices.ts';
import { priceQuantities, sumLines, type CompiledPrice, type Quantities } from './price-call.ts';
import { readPeriods, type Period } from './read-periods.ts';
import { recordCalls } from './record-calls.ts';
import { shareCalls } from './share-calls.ts';

/** The columns of `usage_events` that the gateway knows. */
export interface UsageEventInput {
  organization_id: string;
  request_id: string;
  seller_organization_id: string;
  service_id: string;
  plan_id: string;
  price_version_id: string;
  subscription_id: string;
  key_id: string;
  method: string;
  status_code: number;
  terminal_state: TerminalState;
  fault: Fault;
  error_code: string | null;
  streamed: boolean;
  attempts: number;
  request_bytes: number;
  response_bytes: number;
  model: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  usage_source: (typeof USAGE_SOURCES)[number] | null;
  first_byte_ms: number | null;
  total_ms: number;
  /** The one that answered. */
  upstream_id: string | null;
  credential_id: string | null;
  /** What plain calls do not have; null for them. */
  details: UsageEventDetails | null;
  /** Decimal digits: JSON has no bigint. Of counted calls an estimate. */
  charge_nanos: string;
  /** True when money was held for this call. */
  held: boolean;
  /** How the charge comes about; absent in events that were spooled by older programs. */
  lines?: readonly ChargeLine[] | null;
  /** Units that the period's position prices, when the event is written. */
  counted?: CountedCall | null;
}

export interface CountedCall {
  model: string | null;
  quantities: Quantities;
  /** Decimal digits: the charge is never more. */
  hold_nanos: string;
}

interface Settlement {
  /** How many were recorded now; those recorded before are not counted. */
  recorded: number;
  /** What the calls cost, by request id. */
  charges: Map<string, Nanos>;
}

/** An event with its price. */
interface PricedEvent {
  event: UsageEventInput;
  chargeNanos: string;
  lines: readonly ChargeLine[] | null;
  counters: CountedUnits | null;
}

/** Columns that most calls leave empty. */
export interface UsageEventDetails {
  cached_input_tokens?: number | null;
  cache_write_tokens?: number | null;
  reasoning_tokens?: number | null;
  served_model?: string | null;
  cache?: (typeof CACHE_RESULTS)[number] | null;
  trace?: CallTrace | null;
}

/**
 * Records calls, charges them and releases what is left of their holds: those that hold nothing in one statement, plain
 * ones in another, those whose period is counted in a transaction per organization. Safe to repeat: a request id
 * settles once.
 */
export async function settleCalls(
  { sql }: MeteringContext,
  events: readonly UsageEventInput[],
): Promise<Settlement> {
  const free = events.filter(({ held }) => !held);
  const plain = events.filter(({ held, counted }) => held && !counted);
  const counted = Map.groupBy(
    events.filter((event) => event.held && event.counted),
    (event) => event.organization_id,
  );
  const charges = new Map<string, Nanos>();
  const recorded = await Promise.all([
    free.length > 0 ? recordCalls(sql, free) : 0,
    plain.length > 0 ? write(sql, plain.map(pricePlainly), charges) : 0,
    ...[...counted].map(([organizationId, own]) => settleCounted(sql, organizationId, own, charges)),
  ]);
  return { recorded: recorded.reduce((sum, one) => sum + one, 0), charges };
}

export function pricePlainly(event: UsageEventInput): PricedEvent {
  return { event, chargeNanos: event.charge_nanos, lines: event.lines ?? null, counters: null };
}

async function write(sql: Sql, priced: readonly PricedEvent[], charges: Map<string, Nanos>): Promise<number> {
  const [row] = await sql<{ recorded: number }[]>`
    select settle_batch(${settleParameters(sql, priced)}) as recorded`;
  addCharges(priced, charges);
  return row!.recorded;
}

/** The parameters of `settle_batch`: what calls have in common is sent once. */
export function settleParameters(sql: Sql, priced: readonly PricedEvent[]) {
  const { calls, positions } = shareCalls(priced.map(({ event }) => event));
  const literals = new LineLiterals();
  return sql`
    ${JSON.stringify(calls)}::text::jsonb, ${bareArray(positions, (position) => position)}::integer[],
    ${textArray(priced, ({ event }) => event.request_id)}::text[],
    ${bareArray(priced, ({ event }) => event.request_bytes)}::bigint[],
    ${bareArray(priced, ({ event }) => event.response_bytes)}::bigint[],
    ${bareArray(priced, ({ event }) => event.input_tokens)}::bigint[],
    ${bareArray(priced, ({ event }) => event.output_tokens)}::bigint[],
    ${bareArray(priced, ({ event }) => event.first_byte_ms)}::integer[],
    ${bareArray(priced, ({ event }) => event.total_ms)}::integer[],
    ${bareArray(priced, ({ chargeNanos }) => chargeNanos)}::bigint[],
    ${textArray(priced, ({ event }) => event.details && JSON.stringify(event.details))}::text[],
    ${bareArray(priced, ({ lines }) => lines && literals.of(lines))}::text[],
    ${textArray(priced, ({ counters }) => counters && JSON.stringify(counters))}::text[]`;
}

/** Calls at the same price have the very same lines: their text is written once. */
class LineLiterals {
  readonly #known = new Map<readonly ChargeLine[], string>();

  of(lines: readonly ChargeLine[]): string {
    let literal = this.#known.get(lines);
    if (literal === undefined) this.#known.set(lines, (literal = textElement(JSON.stringify(lines))));
    return literal;
  }
}

/** The price may be less than the event's estimate, or nothing. */
function addCharges(priced: readonly PricedEvent[], charges: Map<string, Nanos>): void {
  for (const { event, chargeNanos } of priced) charges.set(event.request_id, BigInt(chargeNanos));
}

/** Priced where nothing moves: the wallet's lock serialises everything of the buyer. */
async function settleCounted(
  sql: Sql,
  organizationId: string,
  events: readonly UsageEventInput[],
  charges: Map<string, Nanos>,
): Promise<number> {
  return sql.begin(async (transaction) => {
    // A transaction speaks as a connection does; its type only lacks what opens connections.
    const tx = transaction as unknown as Sql;
    await tx`insert into wallets (organization_id) values (${organizationId}) on conflict do nothing`;
    await tx`select 1 from wallets where organization_id = ${organizationId} for update`;
    const [periods, prices, holds, swept] = await Promise.all([
      readPeriods(
        tx,
        events.map((event) => event.subscription_id),
      ),
      findPrices(
        tx,
        events.map((event) => event.price_version_id),
      ),
      tx<HeldUnits[]>`
        select request_id, amount_nanos::text as amount, quota, call ->> 'subscription_id' as subscription
        from holds where organization_id = ${organizationId}
          and request_id = any(${events.map((event) => event.request_id)}::text[])`,
      tx<SweptCall[]>`
        select request_id, lines from usage_events
        where organization_id = ${organizationId} and request_id = any(${events.map((event) => event.request_id)}::text[])
          and terminal_state = 'truncated' and fault = 'platform' and lines is not null`,
    ]);
    const sweptOf = new Map(swept.map((one) => [one.request_id, one.lines]));
    const holdOf = new Map(holds.map((hold) => [hold.request_id, hold]));
    const priced = events.map((event) =>
      priceCounted(event, {
        price: prices.get(event.price_version_id),
        period: periods.get(event.subscription_id),
        hold: holdOf.get(event.request_id),
        swept: sweptOf.get(event.request_id) ?? [],
      }),
    );
    return write(tx, priced, charges);
  });
}

interface HeldUnits {
  request_id: string;
  amount: string;
  quota: Record<string, number> | null;
  subscription: string;
}

/** Recorded at its checkpoint when its process was taken for dead. */
interface SweptCall {
  request_id: string;
  lines: ChargeLine[];
}

interface CountedPlace {
  price: CompiledPrice | undefined;
  period: Period | undefined;
  hold: HeldUnits | undefined;
  /** What this call has been charged for already: its settle takes the place of that. */
  swept: readonly ChargeLine[];
}

/** Of a quota a call gets what was set aside for it, and what is free now. */
function priceCounted(event: UsageEventInput, { price, period, hold, swept }: CountedPlace): PricedEvent {
  if (!price || !period) return pricePlainly(event);
  const { model, quantities, hold_nanos: heldNanos } = event.counted!;
  const own = hold?.subscription === event.subscription_id ? (hold.quota ?? {}) : {};
  for (const [meter, units] of Object.entries(own)) period.hold(meter, -units);
  for (const { meter, quantity, included = 0 } of swept) period.use(meter, -quantity - included, -included);
  const lines = priceQuantities(price, { model, quantities, positions: period.positions });
  if (lines === null) return pricePlainly(event);
  for (const { meter, quantity, included = 0 } of lines) period.use(meter, quantity + included, included);
  const most = BigInt(hold?.amount ?? heldNanos);
  const capped = capLines(lines, most);
  return {
    event,
    chargeNanos: sumLines(capped).toString(),
    lines: capped,
    counters: countersOf(price, lines, period.start, most),
  };
}

/** What the lines add to the counters of the period. */
export function countersOf(
  { counted }: CompiledPrice,
  lines: readonly ChargeLine[],
  periodStart: string,
  most: Nanos,
): CountedUnits {
  const meters: CountedUnits['meters'] = {};
  for (const { meter, quantity, included = 0, amountNanos } of lines) {
    if (meter === 'adjustment' || !counted.has(meter)) continue;
    const [used, quota, charged] = meters[meter] ?? [0, 0, '0'];
    const sum = BigInt(charged) + BigInt(amountNanos);
    // Not more than the call was charged in all.
    meters[meter] = [used + quantity + included, quota + included, `${sum < most ? sum : most}`];
  }
  return { period_start: periodStart, meters };
}

/** A charge is never more than was set aside; a line says by how much it would have been. */
export function capLines(lines: readonly ChargeLine[], heldNanos: Nanos): readonly ChargeLine[] {
  const beyond = sumLines(lines) - heldNanos;
  if (beyond <= 0n) return lines;
  const amountNanos = (-beyond).toString();
  return [...lines, { meter: 'adjustment', quantity: 1, nanosPerMillion: '0', amountNanos }];
}
