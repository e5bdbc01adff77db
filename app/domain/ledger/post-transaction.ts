import { sql } from 'drizzle-orm';
import {
  ledgerTransactions,
  type LEDGER_TRANSACTION_KINDS,
  type LedgerPurpose,
} from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireSystem, type Context } from '../context.ts';

export interface NewEntry {
  /** Null: the platform's own account. */
  organizationId: string | null;
  purpose: LedgerPurpose;
  amountNanos: Nanos;
}

export interface PostTransactionInput {
  kind: (typeof LEDGER_TRANSACTION_KINDS)[number];
  /** What caused it (checkout, invoice, …); the same kind and reference is posted once. */
  reference: string;
  currency?: string;
  entries: NewEntry[];
}

/**
 * Posts a balanced set of entries; entries of zero are left out.
 * @returns the transaction's id, or null when this kind and reference was posted before.
 * @throws RangeError when the entries do not sum to zero or move nothing.
 */
export async function postTransaction(ctx: Context, input: PostTransactionInput): Promise<string | null> {
  requireSystem(ctx);
  const entries = input.entries.filter((entry) => entry.amountNanos !== 0n);
  const sum = entries.reduce((total, entry) => total + entry.amountNanos, 0n);
  if (sum !== 0n || entries.length < 2) {
    throw new RangeError(`ledger entries of ${input.kind} ${input.reference} do not balance`);
  }
  return ctx.db.transaction(async (tx) => {
    const [posted] = await tx
      .insert(ledgerTransactions)
      .values({ id: newId('ledgerTransaction'), kind: input.kind, reference: input.reference })
      .onConflictDoNothing()
      .returning({ id: ledgerTransactions.id });
    if (!posted) return null;
    const rows = entries.map(
      (entry) => sql`(${posted.id}, ledger_account(${entry.organizationId}, ${entry.purpose},
        ${input.currency ?? 'USD'}), ${entry.amountNanos.toString()}::bigint)`,
    );
    await tx.execute(sql`
      insert into ledger_entries (transaction_id, account_id, amount_nanos) values ${sql.join(rows, sql`, `)}`);
    return posted.id;
  });
}
