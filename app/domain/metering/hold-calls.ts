import type { HeldCall } from '../../../db/schema/index.ts';
import { bareArray, textArray } from '../../../db/array-literal.ts';
import type { Sql } from '../../../db/client.ts';
import { NANOS_PER_UNIT, type Nanos } from '../../lib/money.ts';
import type { MeteringContext } from './metering-context.ts';
import { readPeriods, type Period } from './read-periods.ts';
import {
  countedUnits,
  freeUnits,
  priceAtMost,
  sumLines,
  type CompiledPrice,
  type Quantities,
} from './price-call.ts';

/** What a call may cost where the units of its period decide; priced when the wallet is locked. */
export interface CountedHold {
  price: CompiledPrice;
  model: string | null;
  /** All that is to be covered, for more of a running call too. */
  quantities: Quantities;
  /** What the call has by now; null: nothing yet. */
  has: { amountNanos: Nanos; quota: Record<string, number> } | null;
}

/** `extend`: more for a call that runs, all of it or nothing; `top_up`: for one that has ended, what there is. */
export type HoldMode = 'new' | 'extend' | 'top_up';

export interface HoldRequest {
  /** The buyer. */
  organizationId: string;
  requestId: string;
  /** More than what the call has; of counted calls at least. */
  amountNanos: Nanos;
  /** After this long without a settle, the process that held is taken for dead. */
  ttlSeconds: number;
  call: HeldCall;
  mode?: HoldMode;
  counted?: CountedHold | null;
}

export type HoldRefusal = 'insufficient_balance' | 'budget_exceeded' | 'insufficient_quota' | 'gone';

export interface HoldAnswer {
  refusal: HoldRefusal | null;
  /** The budget that does not allow it. */
  budgetId: string | null;
  /** The meter whose quota is used up. */
  meter: string | null;
  /** Set aside now, by this request. */
  grantedNanos: Nanos;
  /** Units of quotas set aside now, by meter. */
  quota: Record<string, number>;
  /** Of the period that they are of, as the database writes it; null where none are counted. */
  periodStart: string | null;
  /** Too little was there, but more comes back: from calls that have ended, or from what processes have set aside. */
  isEarly: boolean;
}

interface PlannedHold {
  hold: HoldRequest;
  amountNanos: Nanos;
  quota: Record<string, number>;
  period: Period | null;
}

/** No call costs more, and a batch of such holds still adds up within the column. */
const MAX_HOLD_NANOS = 10_000_000n * NANOS_PER_UNIT;

const MODES: Readonly<Record<HoldMode, number>> = { new: 0, extend: 1, top_up: 2 };

/**
 * Sets money, and units of quotas, aside for many calls: plain ones in one round trip, first come first
 * served per wallet; those whose period is counted in a transaction per organization.
 */
export async function holdCalls(
  { sql }: MeteringContext,
  holds: readonly HoldRequest[],
): Promise<Map<string, HoldAnswer>> {
  const plain = holds.filter(({ counted }) => !counted);
  const counted = Map.groupBy(
    holds.filter((hold) => hold.counted),
    ({ organizationId }) => organizationId,
  );
  const answers = new Map<string, HoldAnswer>();
  await Promise.all([
    plain.length > 0 && setAside(sql, plain.map(planPlainly), answers, areNew(plain)),
    ...[...counted].map(([organizationId, own]) =>
      inTransaction(sql, (tx) => holdCounted(tx, organizationId, own, answers, areNew(own))),
    ),
  ]);
  return answers;
}

/** The same with what gateway processes have set aside for these buyers: nobody is refused for want of it. */
export async function holdWithAllowances(
  { sql }: MeteringContext,
  holds: readonly HoldRequest[],
): Promise<Map<string, HoldAnswer>> {
  const answers = new Map<string, HoldAnswer>();
  const ofBuyers = [...Map.groupBy(holds, ({ organizationId }) => organizationId)];
  await inTransaction(sql, async (tx) => {
    await tx`select recall_allowances(${textArray(ofBuyers, ([organizationId]) => organizationId)}::text[])`;
    const plain = holds.filter(({ counted }) => !counted);
    if (plain.length > 0) await setAside(tx, plain.map(planPlainly), answers, areNew(holds));
    for (const [organizationId, own] of ofBuyers) {
      const counted = own.filter((hold) => hold.counted);
      if (counted.length > 0) await holdCounted(tx, organizationId, counted, answers, areNew(holds));
    }
  });
  return answers;
}

/**
 * Such holds need not be on the disk before their calls are. What a running call is given more could not be told from
 * what it had, were it lost in a crash of the server.
 */
const areNew = (holds: readonly HoldRequest[]): boolean => holds.every(({ mode = 'new' }) => mode === 'new');

async function inTransaction(sql: Sql, run: (tx: Sql) => Promise<void>): Promise<void> {
  // A transaction speaks as a connection does; its type only lacks what opens connections.
  await sql.begin((transaction) => run(transaction as unknown as Sql));
}

/**
 * Holds for plain new calls from what this process has set aside for their buyers, without touching a wallet.
 * @returns those that it did not cover are not in it, and not held.
 */
export async function holdByAllowance(
  { sql }: MeteringContext,
  allowanceId: string,
  holds: readonly HoldRequest[],
): Promise<Map<string, HoldAnswer>> {
  const { calls, positions } = shareHeldCalls(holds);
  const sums = sumByBuyer(holds);
  const [row] = await sql<{ short: string[] | null }[]>`
    select hold_by_allowance(${allowanceId}, ${textArray(sums, ([organizationId]) => organizationId)}::text[],
      ${bareArray(sums, ([, nanos]) => nanos.toString())}::bigint[], ${calls}::text::jsonb, ${positions}::integer[],
      ${textArray(holds, ({ requestId }) => requestId)}::text[],
      ${bareArray(holds, ({ amountNanos }) => clampHold(amountNanos).toString())}::bigint[],
      ${bareArray(holds, ({ ttlSeconds }) => ttlSeconds)}::integer[]) as short`;
  const answers = new Map<string, HoldAnswer>();
  for (const { organizationId, requestId, amountNanos } of holds) {
    if (row!.short?.includes(organizationId)) continue;
    answers.set(requestId, {
      refusal: null,
      budgetId: null,
      meter: null,
      grantedNanos: clampHold(amountNanos),
      quota: {},
      periodStart: null,
      isEarly: false,
    });
  }
  return answers;
}

/** In order of the ids, which everybody locks rows in; those are of the same length and alphabet, so collations agree. */
function sumByBuyer(holds: readonly HoldRequest[]): [organizationId: string, nanos: Nanos][] {
  const sums = new Map<string, Nanos>();
  for (const { organizationId, amountNanos } of holds)
    sums.set(organizationId, (sums.get(organizationId) ?? 0n) + clampHold(amountNanos));
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
}

function planPlainly(hold: HoldRequest): PlannedHold {
  return { hold, amountNanos: hold.amountNanos, quota: {}, period: null };
}

async function setAside(
  sql: Sql,
  planned: readonly PlannedHold[],
  answers: Map<string, HoldAnswer>,
  isWrittenBehind: boolean,
): Promise<void> {
  const buyers = textArray([...new Set(planned.map(({ hold }) => hold.organizationId))], (id) => id);
  const topUps = planned.some(({ hold }) => hold.mode === 'top_up');
  const rows = await sql<HeldRow[]>`
    select held_request_id as id, refusal, budget_id, granted_nanos::text as granted,
      case when refusal is not null or ${topUps} then (select find_unsettled(${buyers}::text[])) end as unsettled,
      case when refusal = 'insufficient_balance' or ${topUps} then (select find_allowances(${buyers}::text[])) end as allowed
    from set_config('synchronous_commit', case when ${isWrittenBehind} then 'off' else current_setting('synchronous_commit') end, true),
      hold_batch(${holdParameters(sql, planned)})`;
  addAnswers(planned, rows, answers);
}

/** A row of the answer. */
interface HeldRow {
  id: string;
  refusal: HoldRefusal | null;
  budget_id: string | null;
  granted: string;
  /** Buyers with calls that have ended and are not settled; null: not asked, or none. */
  unsettled: string[] | null;
  /** Buyers for whom processes have set money aside; null: not asked, or none. */
  allowed: string[] | null;
}

/** The parameters of `hold_batch`. */
function holdParameters(sql: Sql, planned: readonly PlannedHold[]) {
  const { calls, positions } = shareHeldCalls(planned.map(({ hold }) => hold));
  return sql`
    ${calls}::text::jsonb, ${positions}::integer[],
    ${textArray(planned, ({ hold }) => hold.requestId)}::text[],
    ${bareArray(planned, ({ amountNanos }) => clampHold(amountNanos).toString())}::bigint[],
    ${bareArray(planned, ({ hold }) => hold.ttlSeconds)}::integer[],
    ${bareArray(planned, ({ hold }) => MODES[hold.mode ?? 'new'])}::integer[],
    ${textArray(planned, ({ period, quota }) => period && JSON.stringify({ period_start: period.start, units: quota }))}::text[]`;
}

/** What calls have in common is sent once: as JSON, and whose is which, from one, as an array. */
function shareHeldCalls(holds: readonly HoldRequest[]): { calls: string; positions: string | null } {
  const calls: object[] = [];
  const positionOf = new Map<string, number>();
  const positions = holds.map(({ organizationId, call }) => {
    const identity = `${call.key_id} ${call.subscription_id} ${call.price_version_id} ${call.method} ${call.model}`;
    const known = positionOf.get(identity);
    if (known !== undefined) return known;
    calls.push({ organization_id: organizationId, ...call });
    positionOf.set(identity, calls.length);
    return calls.length;
  });
  return { calls: JSON.stringify(calls), positions: bareArray(positions, (position) => position) };
}

function addAnswers(
  planned: readonly PlannedHold[],
  rows: readonly HeldRow[],
  answers: Map<string, HoldAnswer>,
): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { hold, amountNanos, quota, period } of planned) {
    const row = byId.get(hold.requestId);
    // Who has no wallet has no row.
    const refusal = row ? row.refusal : 'insufficient_balance';
    const grantedNanos = BigInt(row?.granted ?? 0);
    const isShort = refusal !== 'gone' && grantedNanos < clampHold(amountNanos);
    answers.set(hold.requestId, {
      refusal,
      budgetId: row?.budget_id ?? null,
      meter: null,
      grantedNanos,
      quota: refusal === null ? quota : {},
      periodStart: period?.start ?? null,
      isEarly: isShort && comesBack(row, hold),
    });
  }
}

/** To the buyer's wallet, when it is asked for. */
function comesBack(row: HeldRow | undefined, { organizationId }: HoldRequest): boolean {
  return row?.unsettled?.includes(organizationId) === true || row?.allowed?.includes(organizationId) === true;
}

/** What one call may hold, and a process set aside for one buyer. */
export function clampHold(amountNanos: Nanos): Nanos {
  return amountNanos > MAX_HOLD_NANOS ? MAX_HOLD_NANOS : amountNanos;
}

/** The wallet's lock serialises everything of the buyer, so what is read here stays true until the commit. */
async function holdCounted(
  tx: Sql,
  organizationId: string,
  holds: readonly HoldRequest[],
  answers: Map<string, HoldAnswer>,
  isWrittenBehind: boolean,
): Promise<void> {
  await tx`insert into wallets (organization_id) values (${organizationId}) on conflict do nothing`;
  await tx`select 1 from wallets where organization_id = ${organizationId} for update`;
  const periods = await readPeriods(
    tx,
    holds.map(({ call }) => call.subscription_id),
  );
  let waiting = [...holds];
  while (waiting.length > 0) {
    const planned: PlannedHold[] = [];
    const outOfQuota: HoldRequest[] = [];
    for (const hold of waiting) {
      const plan = planHold(hold, periods.get(hold.call.subscription_id));
      if (typeof plan === 'object') planned.push(plan);
      else {
        outOfQuota.push(hold);
        answers.set(hold.requestId, refusedQuota(plan));
      }
    }
    if (planned.length > 0) await setAside(tx, planned, answers, isWrittenBehind);
    const given = planned.filter((plan) => giveBackUnits(plan, answers.get(plan.hold.requestId)!));
    // Units that others could not pay for are free again for those who came after them.
    waiting = given.length > 0 ? outOfQuota : [];
  }
}

function refusedQuota(meter: string): HoldAnswer {
  return {
    refusal: 'insufficient_quota',
    budgetId: null,
    meter,
    grantedNanos: 0n,
    quota: {},
    periodStart: null,
    isEarly: false,
  };
}

/** True when a refused hold had taken units. */
function giveBackUnits({ quota, period }: PlannedHold, { refusal }: HoldAnswer): boolean {
  if (refusal === null || period === null) return false;
  for (const [meter, units] of Object.entries(quota)) period.hold(meter, -units);
  return Object.values(quota).some((units) => units > 0);
}

/** What the hold takes; or the meter whose quota ends with it. */
function planHold(hold: HoldRequest, period: Period | undefined): PlannedHold | string {
  const { price, model, quantities, has } = hold.counted!;
  if (!period) return planPlainly(hold);
  const quota: Record<string, number> = {};
  const positions: NonNullable<Parameters<typeof priceAtMost>[1]['positions']> = {};
  for (const [meter, units] of countedUnits(price, model, quantities)) {
    const rule = price.quotas.get(meter);
    const position = period.positions[meter] ?? { usedUnits: 0, quotaUnits: 0, heldUnits: 0 };
    const reserved = has?.quota[meter] ?? 0;
    const wanted = Math.max(0, units - reserved);
    const taken = Math.min(wanted, freeUnits(rule, position));
    if (rule?.overage === 'hard_stop' && taken < wanted && hold.mode !== 'top_up') return meter;
    if (taken > 0) quota[meter] = taken;
    // Of the quota this call has what it took, and no more.
    const covered = taken + reserved;
    positions[meter] = {
      usedUnits: position.usedUnits,
      quotaUnits: position.quotaUnits,
      heldUnits: rule ? rule.includedUnits - position.quotaUnits - covered : 0,
    };
  }
  const lines = priceAtMost(price, { model, quantities, positions }) ?? [];
  const most = sumLines(lines) - (has?.amountNanos ?? 0n);
  for (const [meter, units] of Object.entries(quota)) period.hold(meter, units);
  return { hold, amountNanos: most > hold.amountNanos ? most : hold.amountNanos, quota, period };
}
