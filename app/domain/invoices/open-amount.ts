/** What is still to pay of an invoice; pure. */
import type { Invoice } from '../../../db/schema/index.ts';
import { roundToCents } from '../../lib/largest-remainder.ts';
import type { Nanos } from '../../lib/money.ts';

type Amounts = Pick<Invoice, 'status' | 'dueNanos' | 'paidNanos' | 'creditedNanos' | 'totalNanos'>;

export function isOpen({ status }: Pick<Invoice, 'status'>): boolean {
  return status === 'finalized' || status === 'past_due';
}

/** Credit notes take off what is unpaid first. */
export function openNanos(invoice: Amounts): Nanos {
  if (!isOpen(invoice)) return 0n;
  const open = invoice.dueNanos - invoice.paidNanos - invoice.creditedNanos;
  return open > 0n ? open : 0n;
}

/** What a credit note can still take back. */
export function creditableNanos(invoice: Amounts): Nanos {
  if (invoice.status === 'draft' || invoice.status === 'void') return 0n;
  const left = invoice.totalNanos - invoice.creditedNanos;
  return left > 0n ? left : 0n;
}

/** Rounded like every amount: the tax that is part of an amount, in whole cents, never more than is left. */
export function taxPartOf(
  invoice: Pick<Invoice, 'taxNanos' | 'totalNanos'>,
  amountNanos: Nanos,
  credited: { amountNanos: Nanos; taxNanos: Nanos },
): Nanos {
  const leftTax = invoice.taxNanos - credited.taxNanos;
  // The last one takes all that is left, so that no cent of tax stays.
  if (amountNanos === invoice.totalNanos - credited.amountNanos) return leftTax;
  const part = (amountNanos * invoice.taxNanos) / invoice.totalNanos;
  const rounded = roundToCents(part);
  return rounded > leftTax ? leftTax : rounded;
}
