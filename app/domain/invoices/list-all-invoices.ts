import { and, asc, count, desc, eq, ilike, inArray, or, sql, type SQL } from 'drizzle-orm';
import {
  auditEvents,
  invoiceAdjustments,
  invoices,
  organizations,
  users,
  type AuditEvent,
  type InvoiceAdjustment,
} from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { readBillingSettings } from './billing-settings.ts';
import { isCreditSuspended } from './credit-suspension.ts';
import { windowEndsAt } from './finalize-invoice.ts';
import { finalizationOf } from './finalization-posting.ts';
import { detailOf, type InvoiceDetail } from './invoice-view.ts';
import { summaryOf, type InvoiceSummary } from './list-invoices.ts';
import { creditableNanos } from './open-amount.ts';
import { requireAnyInvoice } from './own-invoice.ts';
import { listAllInvoicesSchema, type InvoiceQueue, type ListAllInvoicesInput } from './schemas.ts';

const PAGE_SIZE = 50;

export interface InvoiceInQueue extends InvoiceSummary {
  organization: { id: string; name: string };
  /** When a draft can be finalized. */
  reviewableAt: Date;
}

export interface InvoiceQueuePage {
  items: InvoiceInQueue[];
  total: number;
  page: number;
  pageCount: number;
  /** Of all that the filters let through, not of this page alone. */
  totals: { totalNanos: Nanos; dueNanos: Nanos; openNanos: Nanos };
  counts: Record<InvoiceQueue, number>;
}

const IN_QUEUE: Record<InvoiceQueue, SQL | undefined> = {
  review: eq(invoices.status, 'draft'),
  past_due: eq(invoices.status, 'past_due'),
  all: undefined,
};

/** All invoices, for administrators: drafts by age first, so that none waits for ever. */
export async function listAllInvoices(
  ctx: Context,
  input: ListAllInvoicesInput = {},
): Promise<InvoiceQueuePage> {
  requirePlatformAdmin(ctx);
  const { queue, status, query, page } = parseInput(listAllInvoicesSchema, input);
  // `%`, `_` and `\` are letters here, not wildcards.
  const pattern = query ? `%${query.replace(/[\\%_]/g, '\\$&')}%` : null;
  const where = and(
    IN_QUEUE[queue],
    status && eq(invoices.status, status),
    pattern ? or(ilike(invoices.number, pattern), ilike(organizations.name, pattern)) : undefined,
  );
  const { invoiceDraftHours } = await readBillingSettings(ctx);
  const isUnpaid = inArray(invoices.status, ['finalized', 'past_due']);
  const [sums] = await ctx.db
    .select({
      count: count(),
      total: sql<string>`coalesce(sum(${invoices.totalNanos}), 0)`,
      due: sql<string>`coalesce(sum(${invoices.dueNanos}), 0)`,
      open: sql<string>`coalesce(sum(greatest(0, ${invoices.dueNanos} - ${invoices.paidNanos} - ${invoices.creditedNanos})) filter (where ${isUnpaid}), 0)`,
    })
    .from(invoices)
    .innerJoin(organizations, eq(organizations.id, invoices.organizationId))
    .where(where);
  const rows = await ctx.db
    .select({ invoice: invoices, name: organizations.name })
    .from(invoices)
    .innerJoin(organizations, eq(organizations.id, invoices.organizationId))
    .where(where)
    .orderBy(queue === 'all' ? desc(invoices.periodEnd) : asc(invoices.periodEnd), asc(invoices.id))
    .limit(PAGE_SIZE)
    .offset((page - 1) * PAGE_SIZE);
  const [counts] = await ctx.db
    .select({
      all: count(),
      review: sql<number>`count(*) filter (where ${invoices.status} = 'draft')::int`,
      past_due: sql<number>`count(*) filter (where ${invoices.status} = 'past_due')::int`,
    })
    .from(invoices);
  const total = sums?.count ?? 0;
  return {
    items: rows.map(({ invoice, name }) => ({
      ...summaryOf(invoice),
      organization: { id: invoice.organizationId, name },
      reviewableAt: windowEndsAt(invoice, invoiceDraftHours),
    })),
    total,
    page,
    pageCount: Math.max(1, Math.ceil(total / PAGE_SIZE)),
    totals: {
      totalNanos: BigInt(sums?.total ?? '0'),
      dueNanos: BigInt(sums?.due ?? '0'),
      openNanos: BigInt(sums?.open ?? '0'),
    },
    counts: counts ?? { all: 0, review: 0, past_due: 0 },
  };
}

export interface ReviewedInvoice extends InvoiceDetail {
  organization: { id: string; name: string };
  reviewableAt: Date;
  adjustments: (InvoiceAdjustment & { requestedBy: string | null; decidedBy: string | null })[];
  creditableNanos: Nanos;
  isSuspended: boolean;
  /** What finalizing posted beyond what usage had: tax, rounding, adjustments. */
  postedNanos: Nanos;
  /** Everything that happened to it, the newest first. */
  timeline: (Pick<AuditEvent, 'id' | 'action' | 'createdAt' | 'after'> & { actor: string })[];
}

/** An invoice with what an administrator needs to decide about it. @throws AppError `not_found`. */
export async function reviewInvoice(ctx: Context, input: { invoiceId: string }): Promise<ReviewedInvoice> {
  const invoice = await requireAnyInvoice(ctx, input);
  const { organizationId } = invoice;
  const [organization] = await ctx.db
    .select({ id: organizations.id, name: organizations.name })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  const adjustments = await ctx.db
    .select()
    .from(invoiceAdjustments)
    .where(eq(invoiceAdjustments.invoiceId, invoice.id))
    .orderBy(asc(invoiceAdjustments.createdAt), asc(invoiceAdjustments.id));
  const events = await ctx.db
    .select()
    .from(auditEvents)
    .where(and(eq(auditEvents.organizationId, organizationId), eq(auditEvents.subjectId, invoice.id)))
    .orderBy(desc(auditEvents.createdAt), desc(auditEvents.id));
  const people = await namesOf(ctx, [
    ...adjustments.flatMap((one) => [one.requestedByUserId, one.decidedByUserId ?? '']),
    ...events.map(({ actor }) => actor),
  ]);
  const { invoiceDraftHours } = await readBillingSettings(ctx);
  return {
    ...(await detailOf(ctx, invoice)),
    organization: organization ?? { id: organizationId, name: organizationId },
    reviewableAt: windowEndsAt(invoice, invoiceDraftHours),
    adjustments: adjustments.map((one) => ({
      ...one,
      requestedBy: people.get(one.requestedByUserId) ?? null,
      decidedBy: people.get(one.decidedByUserId ?? '') ?? null,
    })),
    creditableNanos: creditableNanos(invoice),
    isSuspended: await isCreditSuspended(ctx, organizationId),
    postedNanos: -(await finalizationOf(ctx, invoice)).receivableNanos,
    timeline: events.map(({ id, action, createdAt, after, actor }) => ({
      ...{ id, action, createdAt, after },
      actor: people.get(actor) ?? actor,
    })),
  };
}

async function namesOf(ctx: Context, ids: string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id.startsWith('usr_')))];
  if (wanted.length === 0) return new Map();
  const rows = await ctx.db
    .select({ id: users.id, name: users.displayName })
    .from(users)
    .where(inArray(users.id, wanted));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
