/** Money that somebody else took back from the platform: the wallet it had come into pays, or owes. */
import { eq } from 'drizzle-orm';
import { ledgerAccounts, ledgerEntries, ledgerTransactions } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import type { Context } from '../context.ts';
import { postTransaction } from '../ledger/index.ts';
import { lockWallet, moveWallet } from '../wallets/index.ts';

export interface Withdrawal {
  kind: 'chargeback' | 'refund';
  organizationId: string;
  /** Of the ledger's transaction: it happens once. */
  reference: string;
}

/** The wallet pays what it holds; the buyer owes the rest. */
export async function withdrawFromWallet(
  tx: Context,
  { kind, organizationId, reference }: Withdrawal,
  amountNanos: Nanos,
): Promise<void> {
  if (await isPosted(tx, reference)) return;
  const { availableNanos } = await lockWallet(tx, organizationId);
  const paid = availableNanos < amountNanos ? availableNanos : amountNanos;
  await moveWallet(tx, { organizationId, availableNanos: -paid, creditUsedNanos: amountNanos - paid });
  await postTransaction(tx, {
    kind,
    reference,
    entries: [
      { organizationId, purpose: 'buyer_wallet', amountNanos: -paid },
      { organizationId, purpose: 'buyer_receivable', amountNanos: paid - amountNanos },
      { organizationId: null, purpose: 'processor_clearing', amountNanos },
    ],
  });
}

/** What was taken, backwards; a debt that was paid meanwhile comes back as money. */
export async function returnToWallet(
  tx: Context,
  { kind, organizationId, reference }: Withdrawal,
  /** Reference of the withdrawal. */
  taken: string,
): Promise<void> {
  if (await isPosted(tx, reference)) return;
  const entries = await tx.db
    .select({ purpose: ledgerAccounts.purpose, amountNanos: ledgerEntries.amountNanos })
    .from(ledgerEntries)
    .innerJoin(ledgerAccounts, eq(ledgerAccounts.id, ledgerEntries.accountId))
    .innerJoin(ledgerTransactions, eq(ledgerTransactions.id, ledgerEntries.transactionId))
    .where(eq(ledgerTransactions.reference, taken));
  const sumOf = (purpose: string) =>
    entries.reduce((sum, entry) => (entry.purpose === purpose ? sum - entry.amountNanos : sum), 0n);
  const { creditUsedNanos } = await lockWallet(tx, organizationId);
  const owed = sumOf('buyer_receivable');
  const stillOwed = creditUsedNanos < owed ? creditUsedNanos : owed;
  const money = sumOf('buyer_wallet') + owed - stillOwed;
  await moveWallet(tx, { organizationId, availableNanos: money, creditUsedNanos: -stillOwed });
  await postTransaction(tx, {
    kind,
    reference,
    entries: [
      { organizationId, purpose: 'buyer_wallet', amountNanos: money },
      { organizationId, purpose: 'buyer_receivable', amountNanos: stillOwed },
      { organizationId: null, purpose: 'processor_clearing', amountNanos: -(money + stillOwed) },
    ],
  });
}

async function isPosted(tx: Context, reference: string): Promise<boolean> {
  const [posted] = await tx.db
    .select({ kind: ledgerTransactions.kind })
    .from(ledgerTransactions)
    .where(eq(ledgerTransactions.reference, reference));
  return posted !== undefined;
}
