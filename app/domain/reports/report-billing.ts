import { sql, type SQL } from 'drizzle-orm';
import type { Nanos } from '../../lib/money.ts';
import { usageFacts } from '../usage/index.ts';
import {
  groupColumn,
  openReport,
  ownerColumn,
  periodOf,
  scopeOf,
  type ReportContext,
} from './report-scope.ts';
import { toTable, type ReportTable, type SetRow } from './report-table.ts';
import { MAX_REPORT_ROWS, type ReportInput, type ReportQuery } from './schemas.ts';

/** What was charged and given back. */
export interface BillingTotals {
  /** For calls; the three parts after it add up to it. */
  usageNanos: Nanos;
  walletNanos: Nanos;
  promoNanos: Nanos;
  creditNanos: Nanos;
  /** Recurring fees of plans. */
  subscriptionNanos: Nanos;
  /** Given back, of calls and of recurring fees. */
  refundedNanos: Nanos;
  /** Given back at the end of a period, where a price has volume tiers. */
  discountNanos: Nanos;
  /** usage + subscription − refunded − discount. */
  netNanos: Nanos;
  /** The platform's share of the net; the seller's is the rest. Not for buyers: 0. */
  feeNanos: Nanos;
}

export interface BillingTable extends ReportTable<BillingTotals> {
  /** What the ledger says was charged for calls of the range; null when the report is narrowed. */
  ledgerUsageNanos: Nanos | null;
}

const NOTHING: BillingTotals = {
  usageNanos: 0n,
  walletNanos: 0n,
  promoNanos: 0n,
  creditNanos: 0n,
  subscriptionNanos: 0n,
  refundedNanos: 0n,
  discountNanos: 0n,
  netNanos: 0n,
  feeNanos: 0n,
};

interface Row extends SetRow {
  usage: string;
  promo: string;
  credit: string;
  subscription: string;
  refunded: string;
  discount: string;
  fee: string;
}

/** What calls and plans of a range cost, by what paid for it, and what went back. */
export async function reportBilling(ctx: ReportContext, input: ReportInput): Promise<BillingTable> {
  const { query, organizationId } = openReport(ctx, input);
  const scope = scopeOf(query, organizationId);
  return ctx.db.transaction(
    async (db) => {
      const sums = sql.raw(
        ['usage', 'promo', 'credit', 'subscription', 'refunded', 'discount', 'fee']
          .map((name) => `coalesce(sum(${name}), 0)::text as ${name}`)
          .join(', '),
      );
      const rows = await db.execute<Row>(sql`
        select grouping(period, grp) as level, period, grp, ${sums}
        from (select ${periodOf(sql`at`, query.granularity, query.timeZone)} as period,
                ${groupColumn(query.groupBy)} as grp, usage, promo, credit, subscription, refunded, discount, fee
              from (${movements(query, scope)}) moved) x
        group by grouping sets ((), (period), (grp), (period, grp))
        limit ${MAX_REPORT_ROWS + 1}`);
      const table = await toTable({ ...ctx, db }, query, [...rows], {
        sums: (row) => toTotals(row, query),
        nothing: NOTHING,
        weight: ({ netNanos }) => netNanos,
      });
      const isWhole = [query.service, query.keyId, query.model].every((filter) => filter === undefined);
      return {
        ...table,
        ledgerUsageNanos: isWhole ? await sumLedgerUsage({ db }, query, organizationId) : null,
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

function toTotals(row: Row, { perspective }: ReportQuery): BillingTotals {
  const usageNanos = BigInt(row.usage);
  const promoNanos = BigInt(row.promo);
  const creditNanos = BigInt(row.credit);
  const subscriptionNanos = BigInt(row.subscription);
  const refundedNanos = BigInt(row.refunded);
  const discountNanos = BigInt(row.discount);
  return {
    usageNanos,
    walletNanos: usageNanos - promoNanos - creditNanos,
    promoNanos,
    creditNanos,
    subscriptionNanos,
    refundedNanos,
    discountNanos,
    netNanos: usageNanos + subscriptionNanos - refundedNanos - discountNanos,
    // What the platform keeps is between it and the seller.
    feeNanos: perspective === 'buyer' ? 0n : BigInt(row.fee),
  };
}

/**
 * All that costs or gives back, one row each, with the columns of usage events to group by. Fees,
 * refunds and discounts are of the moment the ledger has them.
 */
function movements(query: ReportQuery, scope: SQL): SQL {
  const within = sql`t.created_at >= ${query.from.toISOString()}::timestamptz
    and t.created_at < ${query.to.toISOString()}::timestamptz`;
  const feeOf = sql`coalesce((select sum(e.amount_nanos) from ledger_entries e join ledger_accounts a on a.id = e.account_id
    where e.transaction_id = t.id and a.purpose = 'platform_fee'), 0)`;
  const columns = sql.raw('at, organization_id, seller_organization_id, service_id, plan_id, key_id, model');
  return sql`
    select ${columns}, charge_nanos as usage, promo_nanos as promo, credit_nanos as credit, 0::numeric as subscription,
      0::numeric as refunded, 0::numeric as discount, fee_nanos as fee
    from ${usageFacts(query, scope)} facts
    union all
    select ${columns}, 0, 0, 0, amount, 0, 0, fee
    from (select t.created_at as at, f.organization_id, f.seller_organization_id, p.service_id, f.plan_id, '' as key_id,
            '' as model, f.amount_nanos as amount, ${feeOf} as fee
          from ledger_transactions t join subscription_fees f on f.reference = t.reference join plans p on p.id = f.plan_id
          where t.kind = 'subscription_fee' and ${within}) paid
    where ${scope}
    union all
    select ${columns}, 0, 0, 0, 0, amount, 0, fee
    from (select t.created_at as at, r.organization_id, r.seller_organization_id, coalesce(u.service_id, p.service_id, '') as service_id,
            coalesce(u.plan_id, f.plan_id, '') as plan_id, coalesce(u.key_id, '') as key_id, coalesce(u.model, '') as model,
            r.amount_nanos as amount, ${feeOf} as fee
          from ledger_transactions t join refunds r on r.id = t.reference
          left join usage_events u on r.kind = 'call' and u.organization_id = r.organization_id and u.request_id = r.reference
          left join subscription_fees f on r.kind = 'subscription_fee' and r.reference in (f.id, f.reference)
          left join plans p on p.id = f.plan_id
          where t.kind = 'refund' and r.kind in ('call', 'subscription_fee') and ${within}) given_back
    where ${scope}
    union all
    select ${columns}, 0, 0, 0, 0, 0, amount, fee
    from (select t.created_at as at, s.organization_id, v.organization_id as seller_organization_id, s.service_id, s.plan_id,
            '' as key_id, '' as model, ${feeOf} as fee,
            (select sum(e.amount_nanos) from ledger_entries e join ledger_accounts a on a.id = e.account_id
             where e.transaction_id = t.id and a.organization_id = s.organization_id and a.purpose in
               ('buyer_wallet', 'promotional_credit', 'buyer_receivable')) as amount
          from ledger_transactions t join subscriptions s on s.id = split_part(t.reference, ':', 1)
          join services v on v.id = s.service_id
          where t.kind = 'volume_discount' and ${within}) discounted
    where ${scope}`;
}

/** What the entries of `usage` transactions in the range say, by the same half-open bounds. */
async function sumLedgerUsage(
  { db }: Pick<ReportContext, 'db'>,
  query: ReportQuery,
  organizationId: string | null,
): Promise<Nanos> {
  const isSeller = ownerColumn(query) === 'seller_organization_id';
  // A seller's transactions are those that pay them; their share and the platform's make the charge.
  const mine = isSeller
    ? sql`a.purpose in ('seller_pending', 'platform_fee') and exists (
        select 1 from ledger_entries s join ledger_accounts o on o.id = s.account_id
        where s.transaction_id = t.id and o.organization_id = ${organizationId})`
    : sql`a.purpose in ('buyer_wallet', 'promotional_credit', 'buyer_receivable')
        ${organizationId === null ? sql`` : sql`and a.organization_id = ${organizationId}`}`;
  const [row] = await db.execute<{ sum: string }>(sql`
    select coalesce(sum(e.amount_nanos), 0)::text as sum
    from ledger_transactions t join ledger_entries e on e.transaction_id = t.id join ledger_accounts a on a.id = e.account_id
    where t.kind = 'usage' and t.created_at >= ${query.from.toISOString()}::timestamptz
      and t.created_at < ${query.to.toISOString()}::timestamptz and ${mine}`);
  const sum = BigInt(row?.sum ?? 0);
  return isSeller ? sum : -sum;
}
