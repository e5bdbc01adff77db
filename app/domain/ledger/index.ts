/** Double entry: every movement of money that is final. What others may use. */
export { findTransactions, type FoundTransaction } from './find-transactions.ts';
export { getLedgerBalance } from './get-ledger-balance.ts';
export { listAccountTotals, type AccountTotal } from './list-account-totals.ts';
export { listEntries, type LedgerStatementLine } from './list-entries.ts';
export { postTransaction, type NewEntry, type PostTransactionInput } from './post-transaction.ts';
export { verifyLedger, type LedgerProblem, type LedgerVerdict } from './verify-ledger.ts';
