/** What an invoice says in the end; pure. */
import { roundToCents, toWholeCents } from '../../lib/largest-remainder.ts';
import type { Nanos } from '../../lib/money.ts';

const BASIS = 10_000n;

export interface InvoiceTotals {
  /** Of each line, in whole cents. */
  amounts: Nanos[];
  subtotalNanos: Nanos;
  taxNanos: Nanos;
  totalNanos: Nanos;
  /** Negative: what goes back to the wallet. */
  prepaidNanos: Nanos;
  dueNanos: Nanos;
}

export interface TotalsInput {
  /** Exact amounts of all lines, adjustments among them. */
  exact: readonly Nanos[];
  /** What was bought on credit and is not on any other invoice, to the nano; never negative. */
  creditNanos: Nanos;
  /** Sum of the adjustments among the lines, whole cents. */
  adjustmentNanos: Nanos;
  taxBasisPoints: number;
}

/** Tax by a rate, rounded once, of the whole subtotal. */
export function taxOf(subtotalNanos: Nanos, basisPoints: number): Nanos {
  // Half a cent is whole nanos, so cutting below the nano decides nothing.
  return roundToCents((subtotalNanos * BigInt(basisPoints)) / BASIS);
}

/** Lines add up to the subtotal, subtotal and tax to the total, prepaid and due to the same total. */
export function totalsOf({
  exact,
  creditNanos,
  adjustmentNanos,
  taxBasisPoints,
}: TotalsInput): InvoiceTotals {
  const { amounts, sum: subtotalNanos } = toWholeCents(exact);
  const taxNanos = taxOf(subtotalNanos, taxBasisPoints);
  const totalNanos = subtotalNanos + taxNanos;
  const owed = roundToCents(creditNanos) + adjustmentNanos + taxNanos;
  const dueNanos = owed > 0n ? owed : 0n;
  return {
    amounts,
    subtotalNanos,
    taxNanos,
    totalNanos,
    prepaidNanos: totalNanos - dueNanos,
    dueNanos,
  };
}

/** What finalizing posts: from what was owed to the nano to what is on the paper. */
export function finalizationEntries(
  totals: Pick<InvoiceTotals, 'dueNanos' | 'taxNanos'>,
  { creditNanos, adjustmentNanos }: Pick<TotalsInput, 'creditNanos' | 'adjustmentNanos'>,
): { receivableNanos: Nanos; walletNanos: Nanos; taxNanos: Nanos; platformNanos: Nanos } {
  const owed = roundToCents(creditNanos) + adjustmentNanos + totals.taxNanos;
  // More was taken off than is owed: the rest is the buyer's.
  const walletNanos = owed < 0n ? -owed : 0n;
  const receivableNanos = creditNanos - totals.dueNanos;
  return {
    receivableNanos,
    walletNanos,
    taxNanos: totals.taxNanos,
    platformNanos: -(receivableNanos + walletNanos + totals.taxNanos),
  };
}
