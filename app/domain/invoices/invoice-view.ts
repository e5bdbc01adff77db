/** An invoice as buyers and administrators see it. */
import { and, asc, eq } from 'drizzle-orm';
import {
  creditNotes,
  invoiceLines,
  type CreditNote,
  type Invoice,
  type InvoiceLine,
  type InvoiceParty,
} from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { billingProfileOf } from '../billing-profiles/index.ts';
import type { Context } from '../context.ts';
import { readBillingSettings } from './billing-settings.ts';
import { openNanos } from './open-amount.ts';
import { dateTimeFormat } from '../../lib/intl.ts';

export interface InvoiceDetail extends Omit<Invoice, 'issuer' | 'recipient'> {
  /** Of drafts what they would say now. */
  issuer: InvoiceParty;
  recipient: InvoiceParty;
  openNanos: Nanos;
  lines: InvoiceLine[];
  creditNotes: CreditNote[];
  /** The month it is of, `2026-10`. */
  month: string;
}

/** For verbs that have checked who asks. */
export async function detailOf(ctx: Pick<Context, 'db'>, invoice: Invoice): Promise<InvoiceDetail> {
  const lines = await ctx.db
    .select()
    .from(invoiceLines)
    .where(eq(invoiceLines.invoiceId, invoice.id))
    .orderBy(asc(invoiceLines.position));
  const notes = await ctx.db
    .select()
    .from(creditNotes)
    .where(and(eq(creditNotes.invoiceId, invoice.id), eq(creditNotes.organizationId, invoice.organizationId)))
    .orderBy(asc(creditNotes.createdAt));
  return {
    ...invoice,
    issuer: invoice.issuer ?? (await readBillingSettings(ctx)).issuer,
    recipient: invoice.recipient ?? (await billingProfileOf(ctx, invoice.organizationId)).party,
    openNanos: openNanos(invoice),
    lines,
    creditNotes: notes,
    month: monthOf(invoice),
  };
}

/** The local month of an invoice's period. */
export function monthOf({ periodEnd, timeZone }: Pick<Invoice, 'periodEnd' | 'timeZone'>): string {
  const last = new Date(periodEnd.getTime() - 1);
  return dateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit' }).format(last);
}
