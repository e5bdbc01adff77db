import { sql } from 'drizzle-orm';
import { METERS, type ChargeLine, type Meter } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { compilePrice, priceOfVolume, type CompiledPrice, type PriceInput } from '../metering/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';

const BATCH_SIZE = 200;
/** Calls count in the period that they were held in; the longest may still run for so long. */
const LATE_HOURS = 3;

/** One meter of a subscription's period that is over; a type, for it is a row. */
type EndedCounter = {
  subscription_id: string;
  organization_id: string;
  seller_organization_id: string;
  meter: Meter;
  period_start: string;
  period_end: string;
};

/**
 * Closes billing periods that are over. Where volume tiers charged early units at the price of a tier that
 * the period went beyond, the difference goes back to the buyer's wallet. Running it again gives nothing more.
 * @returns how many counters were closed.
 */
export async function closeBillingPeriods(ctx: Context): Promise<number> {
  requireSystem(ctx);
  let closed = 0;
  for (;;) {
    const ended = await findEnded(ctx);
    for (const counter of ended) await closeCounter(ctx, counter);
    closed += ended.length;
    if (ended.length < BATCH_SIZE) return closed;
  }
}

async function findEnded(ctx: Context): Promise<EndedCounter[]> {
  return ctx.db.execute<EndedCounter>(sql`
    select c.subscription_id, c.organization_id, s.seller_organization_id, c.meter, c.period_start::text as period_start,
      p.period_end::text as period_end
    from subscription_counters c
      join subscriptions s on s.id = c.subscription_id
      join organizations o on o.id = s.organization_id
      cross join lateral (
        select period_end(coalesce(s.period_anchor, s.created_at), o.time_zone, c.period_start) as period_end) p
    where c.closed_at is null and p.period_end + make_interval(hours => ${LATE_HOURS}) <= now()
    order by c.organization_id, c.subscription_id, c.meter, c.period_start
    limit ${BATCH_SIZE}`);
}

async function closeCounter(ctx: Context, counter: EndedCounter): Promise<void> {
  const { organization_id: organizationId, seller_organization_id: sellerId, meter } = counter;
  await withTransaction(ctx, async (tx) => {
    await lockWallet(tx, organizationId);
    const [row] = await tx.db.execute<{ reached: string; start: string }>(sql`
      update subscription_counters set closed_at = now()
      where subscription_id = ${counter.subscription_id} and meter = ${meter}
        and period_start = ${counter.period_start}::timestamptz and closed_at is null
      returning (used_units - quota_units)::text as reached,
        to_char(period_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as start`);
    if (!row) return;
    const { discount, fee } = await findDiscount(tx, counter, Number(row.reached));
    if (discount <= 0n) return;
    const posted = await postTransaction(tx, {
      kind: 'volume_discount',
      reference: `${counter.subscription_id}:${meter}:${row.start}`,
      entries: [
        { organizationId: sellerId, purpose: 'seller_pending', amountNanos: fee - discount },
        { organizationId: null, purpose: 'platform_fee', amountNanos: -fee },
        { organizationId, purpose: 'buyer_wallet', amountNanos: discount },
      ],
    });
    if (posted !== null) await moveWallet(tx, { organizationId, availableNanos: discount });
  });
}

type ChargedEvent = {
  price_version_id: string;
  charge: string;
  fee: string;
  refunded: string;
  lines: ChargeLine[];
};

/** What the lines of the period cost more than they would at the tier that was reached in the end. */
async function findDiscount(
  { db }: Context,
  counter: EndedCounter,
  reached: number,
): Promise<{ discount: Nanos; fee: Nanos }> {
  const events = await db.execute<ChargedEvent>(sql`
    select u.price_version_id, u.charge_nanos::text as charge, u.fee_nanos::text as fee, u.lines,
      coalesce((select sum(r.amount_nanos) from refunds r where r.organization_id = u.organization_id
        and r.kind = 'call' and r.reference = u.request_id), 0)::text as refunded
    from usage_events u join price_versions v on v.id = u.price_version_id and v.tier_mode = 'volume'
    where u.organization_id = ${counter.organization_id} and u.subscription_id = ${counter.subscription_id}
      and u.occurred_at >= ${counter.period_start}::timestamptz and u.occurred_at < ${counter.period_end}::timestamptz
      and u.charge_nanos > 0 and u.lines is not null`);
  const prices = await findPricesOf(db, [...new Set(events.map((event) => event.price_version_id))]);
  let discount = 0n;
  let fee = 0n;
  for (const event of events) {
    const price = prices.get(event.price_version_id);
    const charge = BigInt(event.charge);
    const full = price ? discountOf(event, price, counter.meter, reached) : 0n;
    // What was refunded is not discounted as well.
    const back = (full * (charge - BigInt(event.refunded))) / charge;
    discount += back;
    // The platform gives its share of it back too.
    fee += (back * BigInt(event.fee)) / charge;
  }
  return { discount, fee };
}

type DiscountedLines = Pick<ChargedEvent, 'price_version_id' | 'charge' | 'lines'> & {
  meter: Meter;
  reached: string;
};

/** What closed periods gave back of a call: that much less is left to refund. Under the wallet's lock. */
export async function findDiscountOfCall(
  ctx: Context,
  call: { organizationId: string; requestId: string },
): Promise<Nanos> {
  requireSystem(ctx);
  const rows = await ctx.db.execute<DiscountedLines>(sql`
    select u.price_version_id, u.charge_nanos::text as charge, u.lines, c.meter,
      (c.used_units - c.quota_units)::text as reached
    from usage_events u
      join price_versions v on v.id = u.price_version_id and v.tier_mode = 'volume'
      join subscription_counters c on c.subscription_id = u.subscription_id and c.organization_id = u.organization_id
        and c.closed_at is not null and c.period_start <= u.occurred_at
      join subscriptions s on s.id = c.subscription_id
      join organizations o on o.id = s.organization_id
    where u.organization_id = ${call.organizationId} and u.request_id = ${call.requestId} and u.lines is not null
      and u.occurred_at < period_end(coalesce(s.period_anchor, s.created_at), o.time_zone, c.period_start)`);
  const prices = await findPricesOf(ctx.db, [...new Set(rows.map((row) => row.price_version_id))]);
  let discount = 0n;
  for (const row of rows) {
    const price = prices.get(row.price_version_id);
    const back = price ? discountOf(row, price, row.meter, Number(row.reached)) : 0n;
    if (back > 0n) discount += back;
  }
  return discount;
}

function discountOf(
  event: Pick<ChargedEvent, 'charge' | 'lines'>,
  price: CompiledPrice,
  meter: Meter,
  reached: number,
): Nanos {
  const charge = BigInt(event.charge);
  let back = 0n;
  for (const line of event.lines) {
    if (line.meter !== meter || !isMeter(line.meter)) continue;
    back += BigInt(line.amountNanos) - priceOfVolume(price, { ...line, meter: line.meter }, reached);
  }
  return back > charge ? charge : back;
}

function isMeter(meter: ChargeLine['meter']): meter is Meter {
  return (METERS as readonly string[]).includes(meter);
}

async function findPricesOf(db: Context['db'], ids: string[]): Promise<Map<string, CompiledPrice>> {
  if (ids.length === 0) return new Map();
  const rows = await db.execute<{ id: string; components: PriceInput['components'] }>(sql`
    select price_version_id as id, json_agg(json_build_object('meter', meter, 'model', model, 'fromUnits', from_units,
      'fromContextTokens', from_context_tokens, 'nanosPerMillion', nanos_per_million::text)) as components
    from price_components where price_version_id in ${ids} group by 1`);
  return new Map(rows.map(({ id, components }) => [id, compilePrice({ components, tierMode: 'volume' })]));
}
