import { and, eq, sql } from 'drizzle-orm';
import { services, type UsageEvent } from '../../../db/schema/index.ts';
import { encodeUlidTime, ID_PREFIXES } from '../../lib/ids.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { getOwnPlan } from './get-own-plan.ts';
import { assertPriceFits } from './insert-plan.ts';
import { compileRows, replayUsage, type ReplayEvent } from './replay-usage.ts';
import { priceSchema, type PriceInput } from './schemas.ts';

const DAY_MS = 86_400_000;
const REPLAYED_DAYS = 30;
/** A period is at most this long, and the window may begin at its end. */
const LEAD_IN_DAYS = 31;
const MAX_EVENTS = 100_000;
const STATEMENT_TIMEOUT_MS = 8_000;

export interface PricePreview {
  from: Date;
  to: Date;
  calls: number;
  buyers: number;
  /** What was charged. */
  thenNanos: Nanos;
  /** What the new price would have charged, volume discounts taken off. */
  nowNanos: Nanos;
  paysMore: number;
  paysLess: number;
  /** Buyers whose calls a hard stop would have refused. */
  stoppedBuyers: number;
  refusedCalls: number;
  /** Calls for models without a price. */
  unpricedCalls: number;
  /** Calls under the version in effect: what they were charged, and what the replay of that version says. */
  check: { calls: number; chargedNanos: Nanos; replayedNanos: Nanos };
}

export type PreviewOutcome =
  { status: 'replayed'; preview: PricePreview } | { status: 'too_much'; maxCalls: number };

interface Row extends ReplayEvent {
  chargeNanos: Nanos;
  adjustmentNanos: Nanos;
  priceVersionId: string;
}

/**
 * What the last 30 days would have cost under another price: the recorded quantities, priced again. No
 * bodies are read, nothing is written. Fees are left out: subscribers keep the one they agreed to.
 * @throws AppError `invalid_request`, `not_found`
 */
export async function previewPlanPrice(
  ctx: Context,
  { planId, ...input }: PriceInput & { planId: string },
): Promise<PreviewOutcome> {
  const actor = requireRole(ctx, ['owner', 'admin', 'billing']);
  const price = parseInput(priceSchema, input);
  const plan = await getOwnPlan(ctx, { planId });
  const to = ctx.clock.date();
  const from = new Date(to.getTime() - REPLAYED_DAYS * DAY_MS);
  const current = compileRows(plan.price);
  const next = compileRows(price);
  const isCounted = current.isCounted || next.isCounted;
  const rows = await withTransaction(ctx, async (tx) => {
    const [service] = await tx.db
      .select({ kind: services.kind })
      .from(services)
      .where(and(eq(services.id, plan.serviceId), eq(services.organizationId, actor.organizationId)));
    assertPriceFits(service!.kind, price);
    return readEvents(tx, { planId, sellerId: actor.organizationId, from, isCounted });
  });
  if (rows === null) return { status: 'too_much', maxCalls: MAX_EVENTS };
  const own = rows.map((row) => row.priceVersionId === plan.price.id);
  const before = replayUsage(current, rows);
  const after = replayUsage(next, rows);
  const perBuyer = new Map<string, { then: Nanos; now: Nanos; subscriptions: Set<string> }>();
  const check = { calls: 0, chargedNanos: 0n, replayedNanos: 0n };
  let calls = 0;
  rows.forEach((row, index) => {
    if (row.isLeadIn) return;
    calls++;
    const buyer = perBuyer.get(row.organizationId) ?? { then: 0n, now: 0n, subscriptions: new Set() };
    perBuyer.set(row.organizationId, buyer);
    buyer.then += row.chargeNanos;
    buyer.now += after.charges[index] ?? 0n;
    buyer.subscriptions.add(row.subscriptionId);
    if (!own[index]) return;
    check.calls++;
    check.chargedNanos += row.chargeNanos;
    check.replayedNanos += (before.charges[index] ?? 0n) + row.adjustmentNanos;
  });
  for (const buyer of perBuyer.values()) {
    for (const id of buyer.subscriptions) buyer.now -= after.discounts.get(id) ?? 0n;
  }
  const buyers = [...perBuyer.values()];
  const stopped = buyers.filter(({ subscriptions }) =>
    [...subscriptions].some((id) => after.stopped.has(id)),
  );
  return {
    status: 'replayed',
    preview: {
      ...{ from, to, calls, buyers: buyers.length },
      thenNanos: buyers.reduce((sum, buyer) => sum + buyer.then, 0n),
      nowNanos: buyers.reduce((sum, buyer) => sum + buyer.now, 0n),
      paysMore: buyers.filter(({ then, now }) => now > then).length,
      paysLess: buyers.filter(({ then, now }) => now < then).length,
      stoppedBuyers: stopped.length,
      refusedCalls: after.refusedByQuota,
      unpricedCalls: after.withoutPrice,
      check,
    },
  };
}

type RawRow = Omit<Row, 'chargeNanos' | 'adjustmentNanos'> & { charge: string; adjustment: string } & Record<
    string,
    unknown
  >;

/** Calls of the plan in the order in which they were recorded; null when there are too many to look at. */
async function readEvents(
  tx: Context,
  input: { planId: string; sellerId: string; from: Date; isCounted: boolean },
): Promise<Row[] | null> {
  const { planId, sellerId, from, isCounted } = input;
  const since = isCounted ? new Date(from.getTime() - LEAD_IN_DAYS * DAY_MS) : from;
  // Ids begin with the time they were made at, up to a day before the call was recorded.
  const firstId = `${ID_PREFIXES.request}_${encodeUlidTime(since.getTime() - DAY_MS)}`;
  await tx.db.execute(sql.raw(`set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`));
  const numbers = (column: keyof UsageEvent & string) =>
    sql.raw(`e.${toColumn(column)}::float8 as "${column}"`);
  let found: RawRow[];
  try {
    found = (await tx.db.execute<RawRow>(sql`
      select e.subscription_id as "subscriptionId", e.organization_id as "organizationId", e.model,
        ${numbers('inputTokens')}, ${numbers('outputTokens')}, ${numbers('cachedInputTokens')},
        ${numbers('cacheWriteTokens')}, ${numbers('reasoningTokens')}, ${numbers('requestBytes')},
        ${numbers('responseBytes')}, ${numbers('totalMs')},
        e.price_version_id as "priceVersionId", e.charge_nanos::text as charge,
        coalesce((select sum((l ->> 'amountNanos')::bigint) from jsonb_array_elements(e.lines) l
                  where l ->> 'meter' = 'adjustment'), 0)::text as adjustment,
        (e.lines is not null or e.charge_nanos > 0
          or (e.status_code < 300 and e.terminal_state = 'complete' and e.cache is distinct from 'hit'
              and not exists (select 1 from price_components c where c.price_version_id = e.price_version_id))
        ) as "isBillable",
        (e.terminal_state in ('complete', 'policy_stop')
          or (e.terminal_state = 'client_gone' and e.response_bytes > 0)) as "isWhole",
        period_start(coalesce(s.period_anchor, s.created_at), o.time_zone, e.occurred_at)::text as period,
        e.occurred_at < ${from.toISOString()}::timestamptz as "isLeadIn"
      from usage_events e
      join subscriptions s on s.id = e.subscription_id
      join organizations o on o.id = e.organization_id
      where e.seller_organization_id = ${sellerId} and e.plan_id = ${planId}
        and e.request_id >= ${firstId} and e.occurred_at >= ${since.toISOString()}::timestamptz
      order by e.occurred_at, e.request_id
      limit ${MAX_EVENTS + 1}`)) as unknown as RawRow[];
  } catch (error) {
    if (isTimeout(error)) return null;
    throw error;
  }
  if (found.length > MAX_EVENTS) return null;
  return found.map(({ charge, adjustment, ...row }) => ({
    ...row,
    chargeNanos: BigInt(charge),
    adjustmentNanos: BigInt(adjustment),
  }));
}

const toColumn = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** PostgreSQL `query_canceled`. */
function isTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '57014';
}
