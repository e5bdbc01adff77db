/** The draft of one organization's month, computed anew from usage events and ledger. */
import { and, asc, desc, eq, inArray, lt, ne, notInArray, sql } from 'drizzle-orm';
import {
  invoiceAdjustments,
  invoiceLines,
  invoices,
  organizations,
  type Invoice,
} from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import type { Nanos } from '../../lib/money.ts';
import { billingProfileOf } from '../billing-profiles/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { findTaxRate } from '../tax-rates/index.ts';
import {
  adjustmentLine,
  collectMoney,
  collectUsage,
  promotionalLine,
  subtractLines,
  sumUsage,
  type ExactLine,
  type Period,
} from './collect-lines.ts';
import { totalsOf, type InvoiceTotals } from './invoice-totals.ts';

export interface DraftInvoiceInput {
  organizationId: string;
  /** Any moment of the month. */
  at: Date;
}

/** What finalizing needs to know beyond the row. */
export interface ComputedDraft {
  invoice: Invoice;
  totals: InvoiceTotals;
  /** Bought on credit, less what was refunded of it; to the nano. */
  creditNanos: Nanos;
  adjustmentNanos: Nanos;
}

/** Usage that comes later than this many invoices is not looked for. */
const LATE_INVOICES = 12;

/**
 * Writes the draft of the month that `at` lies in; nothing when the organization has a finalized one, or
 * when nothing moved (a draft of before then goes).
 */
export async function draftInvoice(ctx: Context, input: DraftInvoiceInput): Promise<Invoice | null> {
  requireSystem(ctx);
  return withTransaction(ctx, async (tx) => {
    const { organizationId, at } = input;
    const [organization] = await tx.db
      .select({ timeZone: organizations.timeZone })
      .from(organizations)
      .where(eq(organizations.id, organizationId))
      .for('update');
    if (!organization) return null;
    const { timeZone } = organization;
    const period = await periodOf(tx, organizationId, at, timeZone);
    const existing = await tx.db
      .select()
      .from(invoices)
      .where(and(eq(invoices.organizationId, organizationId), around(period.to)))
      .orderBy(desc(invoices.createdAt));
    const draft = existing.find((one) => one.status === 'draft');
    // A void one was taken back for good; who wants it again makes the draft with the voiding.
    if (!draft && existing.length > 0) return null;
    const invoice = draft ?? (await insertDraft(tx, period, timeZone));
    return (await computeDraft(tx, invoice))?.invoice ?? null;
  });
}

/** The calendar month, from where the last invoice ends: another time zone leaves no gap and no overlap. */
async function periodOf(tx: Context, organizationId: string, at: Date, timeZone: string): Promise<Period> {
  const [month] = await tx.db.execute<{ first: string; next: string }>(sql`
    select window_start('month', ${timeZone}, ${at.toISOString()}::timestamptz) as first,
      ((date_trunc('month', ${at.toISOString()}::timestamptz at time zone ${timeZone}) + interval '1 month')
        at time zone ${timeZone}) as next`);
  const first = new Date(month!.first);
  const to = new Date(month!.next);
  const [previous] = await tx.db
    .select({ periodEnd: invoices.periodEnd })
    .from(invoices)
    .where(and(eq(invoices.organizationId, organizationId), ne(invoices.status, 'void'), around(first)))
    .orderBy(desc(invoices.periodEnd))
    .limit(1);
  return { organizationId, from: previous?.periodEnd ?? first, to };
}

/** Ends of a month are this near to each other in all time zones. */
function around(end: Date) {
  const at = sql`${end.toISOString()}::timestamptz`;
  return sql`${invoices.periodEnd} between ${at} - interval '36 hours' and ${at} + interval '36 hours'`;
}

/** A fresh draft, without lines. */
export async function insertDraft(tx: Context, period: Period, timeZone: string): Promise<Invoice> {
  const [made] = await tx.db
    .insert(invoices)
    .values({
      id: newId('invoice'),
      organizationId: period.organizationId,
      periodStart: period.from,
      periodEnd: period.to,
      timeZone,
    })
    .returning();
  return made!;
}

/** Computes a draft's lines and totals in the caller's transaction. Null: nothing moved, it was removed. */
export async function computeDraft(tx: Context, invoice: Invoice): Promise<ComputedDraft | null> {
  const period = { organizationId: invoice.organizationId, from: invoice.periodStart, to: invoice.periodEnd };
  const usage = await collectUsage(tx.db, period);
  const late = await collectLate(tx, invoice);
  const money = await collectMoney(tx.db, period);
  const adjustments = await tx.db
    .select()
    .from(invoiceAdjustments)
    .where(and(eq(invoiceAdjustments.invoiceId, invoice.id), eq(invoiceAdjustments.status, 'approved')))
    .orderBy(asc(invoiceAdjustments.id));
  const usageCredit = usage.creditNanos + late.creditNanos;
  const lines: ExactLine[] = [
    ...usage.lines,
    ...late.lines,
    ...money.lines,
    ...promotionalLine(usage.promoNanos + late.promoNanos - money.promoNanos),
    ...adjustments.map(({ amountNanos, reason }) => adjustmentLine(amountNanos, reason)),
  ];
  await tx.db.delete(invoiceLines).where(eq(invoiceLines.invoiceId, invoice.id));
  if (lines.every((line) => line.exactNanos === 0n)) {
    const [asked] = await tx.db
      .select({ id: invoiceAdjustments.id })
      .from(invoiceAdjustments)
      .where(eq(invoiceAdjustments.invoiceId, invoice.id))
      .limit(1);
    if (!asked) {
      await tx.db.delete(invoices).where(eq(invoices.id, invoice.id));
      return null;
    }
  }
  const { party, locale } = await billingProfileOf(tx, invoice.organizationId);
  const lastMoment = new Date(invoice.periodEnd.getTime() - 1);
  const buyer = { country: party.country, hasTaxId: party.taxId !== undefined };
  const tax = await findTaxRate(tx, buyer, lastMoment);
  // More may have been given back of late usage than was bought on credit in the month.
  const owed = usageCredit - money.creditNanos;
  const creditNanos = owed > 0n ? owed : 0n;
  const adjustmentNanos = adjustments.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
  const totals = totalsOf({
    exact: lines.map((line) => line.exactNanos),
    creditNanos,
    adjustmentNanos,
    taxBasisPoints: tax.basisPoints,
  });
  if (lines.length > 0) {
    await tx.db.insert(invoiceLines).values(
      lines.map((line, position) => ({
        id: newId('invoiceLine'),
        invoiceId: invoice.id,
        position,
        ...line,
        amountNanos: totals.amounts[position]!,
      })),
    );
  }
  const [updated] = await tx.db
    .update(invoices)
    .set({
      recipient: party,
      locale,
      subtotalNanos: totals.subtotalNanos,
      taxNanos: totals.taxNanos,
      totalNanos: totals.totalNanos,
      prepaidNanos: totals.prepaidNanos,
      dueNanos: totals.dueNanos,
      creditNanos: usageCredit,
      taxName: tax.name,
      taxBasisPoints: tax.basisPoints,
      updatedAt: tx.clock.date(),
    })
    .where(eq(invoices.id, invoice.id))
    .returning();
  return { invoice: updated!, totals, creditNanos, adjustmentNanos };
}

const NONE = { lines: [] as ExactLine[], promoNanos: 0n, creditNanos: 0n };

/** Usage that came to light after its month's invoice was finalized: it goes onto the next one. */
async function collectLate(tx: Context, draft: Invoice): Promise<typeof NONE> {
  const earlier = await tx.db
    .select()
    .from(invoices)
    .where(
      and(
        eq(invoices.organizationId, draft.organizationId),
        notInArray(invoices.status, ['draft', 'void']),
        lt(invoices.periodStart, draft.periodStart),
      ),
    )
    .orderBy(desc(invoices.periodStart))
    .limit(LATE_INVOICES);
  if (earlier.length === 0) return NONE;
  const ids = earlier.map(({ id }) => id);
  const written = await tx.db
    .select()
    .from(invoiceLines)
    .innerJoin(invoices, eq(invoices.id, invoiceLines.invoiceId))
    .where(
      and(
        eq(invoices.organizationId, draft.organizationId),
        ne(invoices.status, 'void'),
        ne(invoices.id, draft.id),
        eq(invoiceLines.kind, 'usage'),
        inArray(
          sql`case when ${invoiceLines.description} = '' then ${invoiceLines.invoiceId} else substr(${invoiceLines.description}, 6) end`,
          ids,
        ),
      ),
    );
  const lines: ExactLine[] = [];
  let creditNanos = 0n;
  for (const invoice of earlier) {
    const period = { organizationId: draft.organizationId, from: invoice.periodStart, to: invoice.periodEnd };
    const known = written
      .map(({ invoice_lines: line }) => line)
      .filter((line) =>
        line.description === '' ? line.invoiceId === invoice.id : line.description === `late:${invoice.id}`,
      );
    const billed = known.reduce((sum, line) => sum + line.exactNanos, 0n);
    const now = await sumUsage(tx.db, period);
    // What earlier invoices took in late cancels out over all of them.
    creditNanos += now.creditNanos - invoice.creditNanos;
    if (now.chargeNanos === billed) continue;
    const usage = await collectUsage(tx.db, period);
    for (const line of subtractLines(usage.lines, known)) {
      lines.push({ ...line, description: `late:${invoice.id}` });
    }
  }
  // Promotional credit that paid for late usage counts as paid before.
  return lines.length === 0 ? NONE : { lines, promoNanos: 0n, creditNanos };
}
