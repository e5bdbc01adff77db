import { sql } from 'drizzle-orm';
import type { Invoice } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import type { Context } from '../context.ts';

/** What finalizing an invoice posted to what its buyer owes. */
export async function finalizationOf(
  ctx: Pick<Context, 'db'>,
  { id, organizationId }: Pick<Invoice, 'id' | 'organizationId'>,
): Promise<{ receivableNanos: Nanos }> {
  const [row] = await ctx.db.execute<{ amount: string }>(sql`
    select coalesce(sum(e.amount_nanos), 0)::text as amount
    from ledger_transactions t
    join ledger_entries e on e.transaction_id = t.id
    join ledger_accounts a on a.id = e.account_id
    where t.kind = 'invoice_finalization' and t.reference = ${id}
      and a.organization_id = ${organizationId} and a.purpose = 'buyer_receivable'`);
  return { receivableNanos: BigInt(row?.amount ?? '0') };
}
