import { and, count, desc, eq } from 'drizzle-orm';
import { invoices, type Invoice } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { isCreditSuspended } from './credit-suspension.ts';
import { detailOf, monthOf, type InvoiceDetail } from './invoice-view.ts';
import { openNanos } from './open-amount.ts';
import { requireOwnInvoice } from './own-invoice.ts';
import { listInvoicesSchema } from './schemas.ts';

const PAGE_SIZE = 24;

export type InvoiceSummary = Pick<
  Invoice,
  | 'id'
  | 'number'
  | 'status'
  | 'currency'
  | 'periodStart'
  | 'periodEnd'
  | 'timeZone'
  | 'subtotalNanos'
  | 'taxNanos'
  | 'totalNanos'
  | 'prepaidNanos'
  | 'dueNanos'
  | 'dueAt'
  | 'finalizedAt'
> & { openNanos: Nanos; month: string };

export interface InvoicePage {
  items: InvoiceSummary[];
  total: number;
  page: number;
  pageCount: number;
  /** Unpaid invoices keep the organization from buying. */
  isSuspended: boolean;
}

/** The acting organization's invoices and drafts, the newest month first. */
export async function listInvoices(ctx: Context, input: { page?: number } = {}): Promise<InvoicePage> {
  const { organizationId } = requireActor(ctx);
  const { page } = parseInput(listInvoicesSchema, input);
  const own = eq(invoices.organizationId, organizationId);
  const [counted] = await ctx.db.select({ total: count() }).from(invoices).where(own);
  const rows = await ctx.db
    .select()
    .from(invoices)
    .where(and(own))
    .orderBy(desc(invoices.periodStart), desc(invoices.createdAt))
    .limit(PAGE_SIZE)
    .offset((page - 1) * PAGE_SIZE);
  const total = counted?.total ?? 0;
  return {
    items: rows.map(summaryOf),
    total,
    page,
    pageCount: Math.max(1, Math.ceil(total / PAGE_SIZE)),
    isSuspended: await isCreditSuspended(ctx, organizationId),
  };
}

export function summaryOf(invoice: Invoice): InvoiceSummary {
  const { id, number, status, currency, periodStart, periodEnd, timeZone, dueAt, finalizedAt } = invoice;
  const { subtotalNanos, taxNanos, totalNanos, prepaidNanos, dueNanos } = invoice;
  return {
    ...{ id, number, status, currency, periodStart, periodEnd, timeZone, dueAt, finalizedAt },
    ...{ subtotalNanos, taxNanos, totalNanos, prepaidNanos, dueNanos },
    openNanos: openNanos(invoice),
    month: monthOf(invoice),
  };
}

/** One of them with its lines. @throws AppError `not_found`. */
export async function getInvoice(ctx: Context, input: { invoiceId: string }): Promise<InvoiceDetail> {
  return detailOf(ctx, await requireOwnInvoice(ctx, input));
}
