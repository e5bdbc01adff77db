import { sql } from 'drizzle-orm';
import type { LEDGER_TRANSACTION_KINDS } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { lastDays } from '../../lib/time.ts';
import { requireActor, type Context } from '../context.ts';
import { walletMovementsSchema, type WalletMovementsInput } from './schemas.ts';

export interface WalletMovement {
  /** Unique within the statement. */
  id: string;
  /** Local day: `2026-11-21`. */
  day: string;
  kind: (typeof LEDGER_TRANSACTION_KINDS)[number];
  /** The checkout of a top-up; null for a day's usage, which has many causes. */
  reference: string | null;
  amountNanos: Nanos;
  /** The wallet after this line, held money included. */
  balanceNanos: Nanos;
  /** When the last of it was booked. */
  bookedAt: Date;
}

export interface WalletStatement {
  /** Before the first movement. */
  openingNanos: Nanos;
  closingNanos: Nanos;
  /** Newest first. */
  movements: WalletMovement[];
}

/**
 * The acting organization's wallet as a bank would print it, from the ledger alone. Usage is booked
 * many times a minute, so it is one line a day; everything else stands alone.
 */
export async function listWalletMovements(
  ctx: Context,
  input: WalletMovementsInput = {},
): Promise<WalletStatement> {
  const actor = requireActor(ctx);
  const { days, timeZone } = walletMovementsSchema.parse(input);
  const { from } = lastDays(days, ctx.clock.date(), timeZone);
  const rows = await ctx.db.execute<{
    id: string;
    day: string;
    kind: WalletMovement['kind'];
    reference: string | null;
    amount: string;
    balance: string;
    booked_at: string;
    before: boolean;
  }>(sql`
    with entries as (
      select e.id, e.amount_nanos, e.created_at, t.kind, t.reference, e.created_at < ${from.toISOString()}::timestamptz as before,
        to_char(e.created_at at time zone ${timeZone}::text, 'YYYY-MM-DD') as day
      from ledger_entries e
      join ledger_accounts a on a.id = e.account_id
      join ledger_transactions t on t.id = e.transaction_id
      where a.organization_id = ${actor.organizationId} and a.purpose = 'buyer_wallet'),
    lines as (
      select max(id) as id, case when before then '' else day end as day,
        case when before then 'adjustment' else kind end as kind,
        case when before or kind = 'usage' then null else reference end as reference,
        sum(amount_nanos) as amount, max(created_at) as booked_at, before
      from entries group by before, 2, 3, 4)
    select id::text, day, kind, reference, amount::text, booked_at, before,
      sum(amount) over (order by not before, day, id)::text as balance
    from lines order by not before desc, day desc, lines.id desc`);
  const opening = BigInt(rows.find((row) => row.before)?.amount ?? '0');
  const movements = rows
    .filter((row) => !row.before)
    .map((row) => ({
      id: row.id,
      day: row.day,
      kind: row.kind,
      reference: row.reference,
      amountNanos: BigInt(row.amount),
      balanceNanos: BigInt(row.balance),
      bookedAt: new Date(row.booked_at),
    }));
  return { openingNanos: opening, closingNanos: movements[0]?.balanceNanos ?? opening, movements };
}
