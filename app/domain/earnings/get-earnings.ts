import { sql } from 'drizzle-orm';
import type { LedgerPurpose } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { getLedgerBalance } from '../ledger/index.ts';
import { getFeeBasisPoints } from '../platform-fees/index.ts';
import { getUsageReport } from '../usage/index.ts';
import { earningsSchema, type EarningsInput } from './schemas.ts';

const CURRENCY = 'USD';

/** What buyers paid, what the platform kept, what the seller gets: gross = fee + net. */
export interface EarningsSums {
  grossNanos: Nanos;
  feeNanos: Nanos;
  netNanos: Nanos;
}

export interface Earnings {
  currency: string;
  /** Earned, and within the time in which refunds still come. */
  pendingNanos: Nanos;
  /** Ready to be paid out; negative when refunds took more than was there. */
  availableNanos: Nanos;
  inTransitNanos: Nanos;
  /** The platform's share of new charges, in hundredths of a percent. */
  feeBasisPoints: number;
  totals: EarningsSums;
  /** Monthly fees of flat plans within `totals`; the rest is usage. */
  subscriptionFees: EarningsSums;
  /** Every day of the range in the reader's time zone. */
  days: (EarningsSums & { day: string; calls: number; errors: number })[];
  /** Usage alone, by service, from the roll-ups. */
  byService: (EarningsSums & {
    serviceId: string;
    serviceName: string;
    serviceSlug: string;
    calls: number;
  })[];
  /** Calls up to here are in the numbers by service; null before the first roll-up. */
  freshUntil: Date | null;
}

const NOTHING: EarningsSums = { grossNanos: 0n, feeNanos: 0n, netNanos: 0n };

function add(a: EarningsSums, b: EarningsSums): EarningsSums {
  return {
    grossNanos: a.grossNanos + b.grossNanos,
    feeNanos: a.feeNanos + b.feeNanos,
    netNanos: a.netNanos + b.netNanos,
  };
}

/** What the acting organization earned as a seller. Money comes from the ledger, calls from the roll-ups. */
export async function getEarnings(ctx: Context, input: EarningsInput): Promise<Earnings> {
  const actor = requireActor(ctx);
  const { from, to, timeZone } = parseInput(earningsSchema, input);
  const balanceOf = (purpose: LedgerPurpose) =>
    getLedgerBalance(ctx, { organizationId: actor.organizationId, purpose });
  const [lines, usage, pendingNanos, availableNanos, inTransitNanos, feeBasisPoints] = await Promise.all([
    listEarnedByDay(ctx, actor.organizationId, { from, to, timeZone }),
    getUsageReport(ctx, { perspective: 'seller', from, to, timeZone }),
    balanceOf('seller_pending'),
    balanceOf('seller_available'),
    balanceOf('payout_in_transit'),
    getFeeBasisPoints(ctx),
  ]);
  const byDay = new Map<string, EarningsSums>();
  let totals = NOTHING;
  let subscriptionFees = NOTHING;
  for (const { day, kind, ...sums } of lines) {
    byDay.set(day, add(byDay.get(day) ?? NOTHING, sums));
    totals = add(totals, sums);
    if (kind === 'subscription_fee') subscriptionFees = add(subscriptionFees, sums);
  }
  return {
    currency: CURRENCY,
    pendingNanos,
    availableNanos,
    inTransitNanos,
    feeBasisPoints,
    totals,
    subscriptionFees,
    days: usage.days.map(({ day, calls, errors }) => ({
      day,
      calls,
      errors,
      ...(byDay.get(day) ?? NOTHING),
    })),
    byService: usage.byService.map(({ chargeNanos, feeNanos, ...service }) => ({
      serviceId: service.serviceId,
      serviceName: service.serviceName,
      serviceSlug: service.serviceSlug,
      calls: service.calls,
      grossNanos: chargeNanos,
      feeNanos,
      netNanos: chargeNanos - feeNanos,
    })),
    freshUntil: usage.freshUntil,
  };
}

type EarnedLine = EarningsSums & { day: string; kind: string };

/** Sales and what takes them back; a transaction's fee is what it posts to the platform's fee account. */
async function listEarnedByDay(
  ctx: Context,
  organizationId: string,
  range: { from: Date; to: Date; timeZone: string },
): Promise<EarnedLine[]> {
  const rows = await ctx.db.execute<{ day: string; kind: string; net: string; fee: string }>(sql`
    select to_char(t.created_at at time zone ${range.timeZone}, 'YYYY-MM-DD') as day, t.kind,
      sum(mine.net)::text as net, sum(coalesce(fees.fee, 0))::text as fee
    from ledger_transactions t
    join (
      select e.transaction_id, sum(e.amount_nanos) as net
      from ledger_entries e join ledger_accounts a on a.id = e.account_id
      where a.organization_id = ${organizationId} and a.purpose = 'seller_pending' and a.currency = ${CURRENCY}
      group by e.transaction_id) mine on mine.transaction_id = t.id
    left join lateral (
      select sum(e.amount_nanos) as fee
      from ledger_entries e join ledger_accounts a on a.id = e.account_id
      where e.transaction_id = t.id and a.purpose = 'platform_fee') fees on true
    where t.kind in ('usage', 'subscription_fee')
      and t.created_at >= ${range.from.toISOString()}::timestamptz
      and t.created_at < ${range.to.toISOString()}::timestamptz
    group by 1, 2`);
  return rows.map(({ day, kind, net, fee }) => ({
    day,
    kind,
    netNanos: BigInt(net),
    feeNanos: BigInt(fee),
    grossNanos: BigInt(net) + BigInt(fee),
  }));
}
