import { sql, type SQL } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import type { LedgerPurpose } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';

/** One thing that does not agree. */
export interface LedgerProblem {
  check: string;
  /** Transaction, organization, … */
  subject: string;
  expectedNanos: Nanos;
  actualNanos: Nanos;
}

export interface LedgerVerdict {
  ok: boolean;
  problems: LedgerProblem[];
  /** What was looked at, so that "ok" over nothing is seen as such. */
  transactions: number;
  wallets: number;
}

/** Stops listing here; the first few tell what is wrong. */
const MAX_PROBLEMS_PER_CHECK = 50;

const POSTED = sql`
  select t.id, t.kind, t.reference, split_part(t.reference, ':', 1) as subject, a.organization_id, a.purpose, e.amount_nanos as amount
  from ledger_transactions t join ledger_entries e on e.transaction_id = t.id join ledger_accounts a on a.id = e.account_id`;

/** Each query gives the rows that do not agree: subject, expected, actual. */
const CHECKS: Record<string, SQL> = {
  'every transaction sums to zero': sql`
    select e.transaction_id as subject, 0 as expected, sum(e.amount_nanos) as actual
    from ledger_entries e join ledger_accounts a on a.id = e.account_id
    group by e.transaction_id, a.currency having sum(e.amount_nanos) <> 0`,
  'every transaction has entries': sql`
    select t.id as subject, 2 as expected, count(e.id) as actual
    from ledger_transactions t left join ledger_entries e on e.transaction_id = t.id
    group by t.id having count(e.id) < 2`,
  'available and held of a wallet add up to its ledger account': balance(
    'buyer_wallet',
    sql`available_nanos + held_nanos`,
  ),
  'promotional credit of a wallet adds up to its ledger account': balance(
    'promotional_credit',
    sql`promo_nanos + promo_held_nanos`,
  ),
  'what a wallet owes is what its ledger account says': balance('buyer_receivable', sql`-credit_used_nanos`),
  'what is left of promotional credits is what a wallet has of it': agree(
    sql`select organization_id as subject, sum(remaining_nanos) as amount from promotional_credits group by 1`,
    sql`select organization_id as subject, promo_nanos + promo_held_nanos as amount from wallets`,
  ),
  'open holds add up to what a wallet holds': agree(
    sql`select organization_id as subject, sum(amount) as amount from (
        select organization_id, amount_nanos - promo_nanos - credit_nanos as amount from holds
        union all select organization_id, amount_nanos from allowances) as h group by 1`,
    sql`select organization_id as subject, held_nanos as amount from wallets`,
  ),
  'open holds add up to what is held of promotional credit': agree(
    sql`select organization_id as subject, sum(promo_nanos) as amount from holds group by 1`,
    sql`select organization_id as subject, promo_held_nanos as amount from wallets`,
  ),
  'open holds add up to what is held of the credit limit': agree(
    sql`select organization_id as subject, sum(credit_nanos) as amount from holds group by 1`,
    sql`select organization_id as subject, credit_held_nanos as amount from wallets`,
  ),
  'open holds add up to what is held in budgets': agree(
    sql`select b.key || ' ' || to_char(b.value::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') as subject,
        sum(h.amount_nanos) as amount
      from holds h cross join lateral jsonb_each_text(h.budgets) as b where h.budgets is not null group by 1`,
    sql`select budget_id || ' ' || to_char(window_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') as subject,
        held_nanos as amount from budget_windows`,
  ),
  'units held of quotas are those of open holds': agree(
    sql`select concat_ws(' ', h.call ->> 'subscription_id', q.key, extract(epoch from h.period_start)) as subject,
        sum(q.value::bigint) as amount
      from holds h cross join lateral jsonb_each_text(h.quota) as q where h.quota is not null group by 1`,
    sql`select concat_ws(' ', subscription_id, meter, extract(epoch from period_start)) as subject,
        held_units as amount from subscription_counters`,
  ),
  'units of quotas and tiers are those of the usage events': counted(
    sql`sum((l ->> 'quantity')::numeric + coalesce((l ->> 'included')::numeric, 0))`,
    sql`used_units`,
  ),
  'units that quotas paid for are those of the usage events': counted(
    sql`sum(coalesce((l ->> 'included')::numeric, 0))`,
    sql`quota_units`,
  ),
  'the lines of a call add up to its charge': sql`
    select u.request_id as subject, u.charge_nanos as expected, l.amount as actual
    from usage_events u cross join lateral (
      select coalesce(sum((line ->> 'amountNanos')::numeric), 0) as amount from jsonb_array_elements(u.lines) as line) l
    where u.lines is not null and l.amount <> u.charge_nanos`,
  'what paid for a call is no more than its charge': sql`
    select request_id as subject, charge_nanos as expected, promo_nanos + credit_nanos as actual from usage_events
    where promo_nanos < 0 or credit_nanos < 0 or promo_nanos + credit_nanos > charge_nanos`,
  'what buyers were charged for usage left their wallets': usage(
    'buyer_wallet',
    sql`organization_id`,
    sql`-(charge_nanos - promo_nanos - credit_nanos)`,
  ),
  'what promotional credit paid of usage left their credit': usage(
    'promotional_credit',
    sql`organization_id`,
    sql`-promo_nanos`,
  ),
  'what buyers bought on credit is booked as owed': usage(
    'buyer_receivable',
    sql`organization_id`,
    sql`-credit_nanos`,
  ),
  'what sellers earned from usage is booked to them': usage(
    'seller_pending',
    sql`seller_organization_id`,
    sql`charge_nanos - fee_nanos`,
  ),
  'the fees of usage are booked to the platform': usage('platform_fee', sql`''`, sql`fee_nanos`),
  'every paid top-up is booked once, at its amount': sql`
    with booked as (
      select reference, sum(amount) as amount from (${POSTED}) p
      where kind = 'wallet_top_up' and purpose = 'buyer_wallet' group by reference),
    paid as (select id, amount_nanos from checkouts where status = 'paid' and kind in ('wallet_top_up', 'auto_top_up'))
    select coalesce(p.id, b.reference) as subject, coalesce(p.amount_nanos, 0) as expected,
      coalesce(b.amount, 0) as actual
    from paid p full join booked b on b.reference = p.id
    where coalesce(p.amount_nanos, 0) <> coalesce(b.amount, 0)
      -- A subscription that was paid after it was given up is credited to the wallet: what was received of it.
      and not exists (select 1 from checkouts c where c.id = b.reference and c.kind = 'subscription'
        and c.status = 'paid' and b.amount in (c.amount_nanos, c.amount_nanos - c.discount_nanos))`,
  'top-ups brought in what was paid, discounts taken off': sql`
    select c.id as subject, c.amount_nanos - c.discount_nanos as expected, -sum(p.amount) as actual
    from checkouts c join (${POSTED}) p on p.reference = c.id and p.kind = 'wallet_top_up' and p.purpose = 'processor_clearing'
    where c.status = 'paid' and c.kind in ('wallet_top_up', 'auto_top_up')
    group by c.id having -sum(p.amount) <> c.amount_nanos - c.discount_nanos`,
  'every paid fee is booked once, at its amount': agree(
    sql`select reference as subject, sum(amount_nanos) as amount from subscription_fees group by 1`,
    sql`select p.reference as subject, -sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'subscription_fee' and p.purpose = 'processor_clearing'
        and p.reference in (select reference from subscription_fees) group by 1`,
  ),
  "the platform's share of paid fees is booked": agree(
    sql`select reference as subject, sum(fee_nanos) as amount from subscription_fees group by 1`,
    sql`select p.reference as subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'subscription_fee' and p.purpose = 'platform_fee'
        and p.reference in (select reference from subscription_fees) group by 1`,
  ),
  'promotional credits are booked at their amount': agree(
    sql`select id as subject, amount_nanos as amount from promotional_credits where reason not like 'rfd\_%'`,
    sql`select p.subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'promotional_credit' and p.purpose = 'promotional_credit' group by 1`,
  ),
  'refunded calls took from sellers and platform what buyers got': agree(
    sql`select id as subject, amount_nanos as amount from refunds where kind = 'call' and status = 'succeeded'`,
    sql`select p.subject, -sum(p.amount) as amount from (${POSTED}) p join refunds r on r.id = p.subject and r.kind = 'call'
      where p.kind = 'refund' and p.purpose in ('seller_pending', 'seller_available', 'platform_fee') group by 1`,
  ),
  "the platform's share went back with refunded calls": agree(
    sql`select id as subject, fee_nanos as amount from refunds where kind = 'call' and status = 'succeeded'`,
    sql`select p.subject, -sum(p.amount) as amount from (${POSTED}) p join refunds r on r.id = p.subject and r.kind = 'call'
      where p.kind = 'refund' and p.purpose = 'platform_fee' group by 1`,
  ),
  'a call is refunded at most its charge': sql`
    select r.id as subject, u.charge_nanos as expected, r.amount_nanos as actual
    from refunds r left join usage_events u on u.organization_id = r.organization_id and u.request_id = r.reference
    where r.kind = 'call' and (u.request_id is null or r.amount_nanos > u.charge_nanos)`,
  'refunds went to the card at their amount, and came back where they failed': agree(
    sql`select id as subject, case when status = 'failed' then 0 else amount_nanos end as amount
      from refunds where destination = 'card'`,
    sql`select p.subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'refund' and p.purpose = 'processor_clearing' group by 1`,
  ),
  "the platform's share went back with refunded fees": agree(
    sql`select id as subject, fee_nanos as amount from refunds where kind = 'subscription_fee' and status <> 'failed'`,
    sql`select p.subject, -sum(p.amount) as amount from (${POSTED}) p
      join refunds r on r.id = p.subject and r.kind = 'subscription_fee'
      where p.kind = 'refund' and p.purpose = 'platform_fee' group by 1`,
  ),
  'what was refunded of a payment is what its refunds say': agree(
    sql`select id as subject, refunded_nanos as amount from subscription_fees
      union all select id, refunded_nanos from checkouts`,
    sql`select reference as subject, sum(amount_nanos) as amount from refunds
      where destination = 'card' and status <> 'failed' group by 1`,
  ),
  'chargebacks took what the bank took back, and gave it back where they were won': agree(
    sql`select id as subject, amount_nanos as amount from chargebacks
      where status in ('needs_response', 'under_review', 'lost')`,
    sql`select p.subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'chargeback' and p.purpose = 'processor_clearing' group by 1`,
  ),
  'the tax of void invoices went back': agree(
    sql`select id as subject, tax_nanos as amount from invoices where status = 'void'`,
    sql`select replace(p.reference, 'void:', '') as subject, -sum(p.amount) as amount from (${POSTED}) p
      where p.kind in ('write_off', 'adjustment') and p.purpose = 'tax' group by 1`,
  ),
  'no more than what an invoice asked for is written off, and only of void ones': sql`
    select p.reference as subject, coalesce(i.due_nanos, 0) as expected, sum(p.amount) as actual
    from (${POSTED}) p left join invoices i on i.id = p.reference and i.status = 'void'
    where p.kind = 'write_off' and p.purpose = 'buyer_receivable' group by p.reference, i.due_nanos
    having sum(p.amount) < 0 or sum(p.amount) > coalesce(i.due_nanos, 0)`,
  'releases move earnings of a seller from pending to available': sql`
    select p.id as subject, 0 as expected, sum(p.amount) as actual from (${POSTED}) p
    where p.kind = 'earnings_release' group by p.id
    having sum(p.amount) filter (where p.purpose = 'seller_available') is distinct from
        -sum(p.amount) filter (where p.purpose = 'seller_pending')
      or count(distinct p.organization_id) <> 1 or min(p.organization_id) is distinct from min(p.subject)
      or sum(p.amount) filter (where p.purpose = 'seller_available') <= 0`,
  'payouts took their amount out of what was available': agree(
    sql`select id as subject, amount_nanos as amount from payouts`,
    sql`select p.subject, -sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'payout' and p.purpose = 'seller_available' group by 1`,
  ),
  'payouts that came back were given back': agree(
    sql`select id as subject, reversed_nanos as amount from payouts`,
    sql`select p.subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'payout_reversal' and p.purpose = 'seller_available' group by 1`,
  ),
  'what is in transit to a seller is what open payouts say': agree(
    sql`select organization_id as subject, sum(amount_nanos - reversed_nanos) as amount from payouts
      where status in ('pending', 'in_transit') group by 1`,
    sql`select p.organization_id as subject, sum(p.amount) as amount from (${POSTED}) p
      where p.purpose = 'payout_in_transit' group by 1`,
  ),
  'the tax of finalized invoices is booked': agree(
    sql`select id as subject, tax_nanos as amount from invoices where finalized_at is not null`,
    sql`select p.reference as subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'invoice_finalization' and p.purpose = 'tax' group by 1`,
  ),
  'what finalized invoices ask for is owed: bought on credit, tax and the rounding to cents': agree(
    sql`select i.id as subject, i.due_nanos - greatest(0, i.credit_nanos - coalesce((
        -- Calls of the month that were refunded within it.
        select sum(e.amount_nanos) from refunds r
        join usage_events u on u.organization_id = r.organization_id and u.request_id = r.reference
        join ledger_transactions t on t.kind = 'refund' and t.reference = r.id
        join ledger_entries e on e.transaction_id = t.id
        join ledger_accounts a on a.id = e.account_id and a.purpose = 'buyer_receivable'
        where r.kind = 'call' and r.organization_id = i.organization_id and u.occurred_at >= i.period_start
          and t.created_at >= i.period_start and t.created_at < i.period_end), 0)) as amount
      from invoices i where i.finalized_at is not null`,
    sql`select p.reference as subject, -sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'invoice_finalization' and p.purpose = 'buyer_receivable' group by 1`,
  ),
  'payments of invoices are booked': agree(
    sql`select id as subject, paid_nanos as amount from invoices where finalized_at is not null`,
    sql`select p.subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'invoice_payment' and p.purpose = 'buyer_receivable' group by 1`,
  ),
  'credit notes add up to what their invoice was credited': agree(
    sql`select id as subject, credited_nanos as amount from invoices`,
    sql`select invoice_id as subject, sum(amount_nanos) as amount from credit_notes group by 1`,
  ),
  'credit notes are booked at their amount': agree(
    sql`select id as subject, amount_nanos as amount from credit_notes`,
    sql`select p.subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'credit_note' and p.purpose in ('buyer_receivable', 'buyer_wallet') group by 1`,
  ),
  'the tax of credit notes went back': agree(
    sql`select id as subject, tax_nanos as amount from credit_notes`,
    sql`select p.subject, -sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'credit_note' and p.purpose = 'tax' group by 1`,
  ),
  'lines of an invoice add up to its subtotal': sql`
    select i.id as subject, i.subtotal_nanos as expected, coalesce(sum(l.amount_nanos), 0) as actual
    from invoices i left join invoice_lines l on l.invoice_id = i.id
    group by i.id having coalesce(sum(l.amount_nanos), 0) <> i.subtotal_nanos`,
  'what sums of usage say is what usage events say': sql`
    select 'roll-ups' as subject, e.amount as expected, r.amount as actual from
      (select coalesce(sum(charge_nanos), 0) as amount from usage_events u where u.occurred_at <
        (select date_bin('15 minutes', reached_at - interval '5 minutes', 'epoch') from watermarks where name = 'usage_rollup')) e,
      (select coalesce(sum(charge_nanos), 0) as amount from usage_rollups where bucket_start <
        (select date_bin('15 minutes', reached_at - interval '5 minutes', 'epoch') from watermarks where name = 'usage_rollup')) r
    where e.amount <> r.amount`,
};

/** Two lists of subject and amount that must be the same; a missing row counts as 0. */
function agree(expected: SQL, actual: SQL): SQL {
  return sql`
    select coalesce(e.subject, a.subject) as subject, coalesce(e.amount, 0) as expected, coalesce(a.amount, 0) as actual
    from (${expected}) e full join (${actual}) a on a.subject = e.subject
    where coalesce(e.amount, 0) <> coalesce(a.amount, 0)`;
}

function balance(purpose: LedgerPurpose, ofWallet: SQL): SQL {
  return agree(
    sql`select p.organization_id as subject, sum(p.amount) as amount from (${POSTED}) p
      where p.purpose = ${sql.raw(`'${purpose}'`)} group by 1`,
    sql`select organization_id as subject, ${ofWallet} as amount from wallets`,
  );
}

/** Usage events against what was posted for usage. */
function usage(purpose: LedgerPurpose, owner: SQL, amount: SQL): SQL {
  return agree(
    sql`select ${owner} as subject, sum(${amount}) as amount from usage_events group by 1`,
    sql`select coalesce(p.organization_id, '') as subject, sum(p.amount) as amount from (${POSTED}) p
      where p.kind = 'usage' and p.purpose = ${sql.raw(`'${purpose}'`)} group by 1`,
  );
}

/**
 * Counters against the lines of the events behind them, over all periods of a subscription: a call that
 * runs over the end of a period counts in the one it was held in, which its event does not say.
 */
function counted(ofLines: SQL, ofCounter: SQL): SQL {
  return sql`
    with counters as (
      select subscription_id, meter, min(period_start) as since, sum(${ofCounter}) as amount
      from subscription_counters group by 1, 2),
    events as (
      select u.subscription_id, l ->> 'meter' as meter, ${ofLines} as amount
      from usage_events u cross join lateral jsonb_array_elements(u.lines) as l
      where u.lines is not null and u.subscription_id in (select subscription_id from counters)
        and exists (select 1 from counters c where c.subscription_id = u.subscription_id and c.meter = l ->> 'meter'
          and u.occurred_at >= c.since)
        and (exists (select 1 from price_quotas q where q.price_version_id = u.price_version_id and q.meter = l ->> 'meter')
          or exists (select 1 from price_components k where k.price_version_id = u.price_version_id
            and k.meter = l ->> 'meter' and k.from_units > 0))
      group by 1, 2)
    select c.subscription_id || ' ' || c.meter as subject, coalesce(e.amount, 0) as expected, c.amount as actual
    from counters c left join events e on e.subscription_id = c.subscription_id and e.meter = c.meter
    where coalesce(e.amount, 0) <> c.amount`;
}

/**
 * Proves that transactions balance and that wallets, credits, holds, budgets, quotas, usage events,
 * checkouts, fees, refunds, payouts, invoices and ledger agree to the nano, all in one snapshot, so that calls in flight do not look like differences.
 */
export async function verifyLedger(ctx: Context): Promise<LedgerVerdict> {
  if (ctx.actor.type !== 'system') requirePlatformAdmin(ctx);
  return ctx.db.transaction(
    async (tx) => {
      await tx.execute(sql`set local statement_timeout = '15min'`);
      const problems: LedgerProblem[] = [];
      for (const [check, query] of Object.entries(CHECKS)) problems.push(...(await run(tx, check, query)));
      const [counts] = await tx.execute<{ transactions: string; wallets: string }>(sql`
        select (select count(*) from ledger_transactions) as transactions, (select count(*) from wallets) as wallets`);
      return {
        ok: problems.length === 0,
        problems,
        transactions: Number(counts?.transactions),
        wallets: Number(counts?.wallets),
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

async function run(db: Db, check: string, query: SQL): Promise<LedgerProblem[]> {
  const rows = await db.execute<{ subject: string; expected: string; actual: string }>(
    sql`select subject, expected::text, actual::text from (${query}) as difference
      order by subject limit ${MAX_PROBLEMS_PER_CHECK}`,
  );
  return rows.map((row) => ({
    check,
    subject: row.subject,
    expectedNanos: BigInt(row.expected),
    actualNanos: BigInt(row.actual),
  }));
}
