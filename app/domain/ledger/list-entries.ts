import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { ledgerAccounts, ledgerEntries, ledgerTransactions } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, type Context } from '../context.ts';
import { listEntriesSchema, type ListEntriesInput } from './schemas.ts';

export interface LedgerStatementLine {
  id: bigint;
  transactionId: string;
  kind: (typeof ledgerTransactions.$inferSelect)['kind'];
  reference: string;
  amountNanos: Nanos;
  /** The account after this entry. */
  balanceNanos: Nanos;
  createdAt: Date;
}

/** Entries of one of the acting organization's accounts, newest first, with running totals. */
export async function listEntries(ctx: Context, input: ListEntriesInput): Promise<LedgerStatementLine[]> {
  const actor = requireActor(ctx);
  const { purpose, limit, before } = listEntriesSchema.parse(input);
  const own = and(
    eq(ledgerAccounts.organizationId, actor.organizationId),
    eq(ledgerAccounts.purpose, purpose),
  );
  const upTo = before === undefined ? own : and(own, lt(ledgerEntries.id, before));
  const rows = await ctx.db
    .select({
      id: ledgerEntries.id,
      transactionId: ledgerEntries.transactionId,
      kind: ledgerTransactions.kind,
      reference: ledgerTransactions.reference,
      amountNanos: ledgerEntries.amountNanos,
      createdAt: ledgerEntries.createdAt,
      // Of everything selected, before LIMIT cuts: so the newest line carries the whole sum.
      totalNanos: sql<string>`sum(${ledgerEntries.amountNanos}) over ()`,
    })
    .from(ledgerEntries)
    .innerJoin(ledgerAccounts, eq(ledgerAccounts.id, ledgerEntries.accountId))
    .innerJoin(ledgerTransactions, eq(ledgerTransactions.id, ledgerEntries.transactionId))
    .where(upTo)
    .orderBy(desc(ledgerEntries.id))
    .limit(limit);
  let balanceNanos = BigInt(rows[0]?.totalNanos ?? '0');
  return rows.map(({ totalNanos: _totalNanos, ...row }) => {
    const line = { ...row, balanceNanos };
    balanceNanos -= row.amountNanos;
    return line;
  });
}
