import { sql } from 'drizzle-orm';
import type { LedgerPurpose } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, requirePlatformAdmin, type Context } from '../context.ts';

export interface GetLedgerBalanceInput {
  /** Null: the platform's own account, for administrators and jobs. */
  organizationId: string | null;
  purpose: LedgerPurpose;
  currency?: string;
}

/** Sum of an account's entries; 0 when nothing was ever posted to it. */
export async function getLedgerBalance(ctx: Context, input: GetLedgerBalanceInput): Promise<Nanos> {
  assertMayRead(ctx, input.organizationId);
  const [row] = await ctx.db.execute<{ balance: string }>(sql`
    select coalesce(sum(e.amount_nanos), 0)::text as balance
    from ledger_entries e join ledger_accounts a on a.id = e.account_id
    where coalesce(a.organization_id, '') = ${input.organizationId ?? ''}
      and a.purpose = ${input.purpose} and a.currency = ${input.currency ?? 'USD'}`);
  return BigInt(row?.balance ?? '0');
}

/** Members read their own organization's accounts; administrators and jobs any. */
function assertMayRead(ctx: Context, organizationId: string | null): void {
  if (ctx.actor.type === 'system') return;
  const actor = requireActor(ctx);
  if (actor.isPlatformAdmin) return;
  if (organizationId === null) requirePlatformAdmin(ctx);
  if (organizationId !== actor.organizationId) throw new AppError('not_found', 'There is no such account.');
}
