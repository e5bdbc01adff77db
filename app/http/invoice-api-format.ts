/** JSON of the invoice endpoints: snake_case, money as decimal strings. */
import type { CreditNote, InvoiceAdjustment, InvoiceLine, InvoiceParty } from '../../db/schema/index.ts';
import type { BillingProfileView } from '../domain/billing-profiles/index.ts';
import type {
  InvoiceDetail,
  InvoiceInQueue,
  InvoiceSummary,
  ReconciledMonth,
  ReviewedInvoice,
} from '../domain/invoices/index.ts';
import { toDecimal } from '../lib/money.ts';

export function invoiceAnswer(invoice: InvoiceSummary) {
  return {
    id: invoice.id,
    number: invoice.number,
    status: invoice.status,
    month: invoice.month,
    period_start: invoice.periodStart,
    period_end: invoice.periodEnd,
    time_zone: invoice.timeZone,
    currency: invoice.currency,
    subtotal: toDecimal(invoice.subtotalNanos),
    tax: toDecimal(invoice.taxNanos),
    total: toDecimal(invoice.totalNanos),
    prepaid: toDecimal(invoice.prepaidNanos),
    due: toDecimal(invoice.dueNanos),
    open: toDecimal(invoice.openNanos),
    finalized_at: invoice.finalizedAt,
    due_at: invoice.dueAt,
  };
}

const partyAnswer = ({ name, address, country, taxId, email }: InvoiceParty) => ({
  name,
  address,
  country: country ?? null,
  tax_id: taxId ?? null,
  email: email ?? null,
});

function lineAnswer(line: InvoiceLine) {
  return {
    kind: line.kind,
    service_id: line.serviceId,
    service: line.serviceName,
    plan: line.planName,
    price_version_id: line.priceVersionId,
    meter: line.meter,
    model: line.model,
    description: line.description,
    quantity: line.quantity,
    price_per_million: line.nanosPerMillion === null ? null : toDecimal(line.nanosPerMillion),
    exact_amount: toDecimal(line.exactNanos),
    amount: toDecimal(line.amountNanos),
  };
}

export function creditNoteAnswer(note: CreditNote) {
  return {
    id: note.id,
    number: note.number,
    amount: toDecimal(note.amountNanos),
    tax: toDecimal(note.taxNanos),
    reason: note.reason,
    created_at: note.createdAt,
  };
}

export function invoiceDetailAnswer(invoice: InvoiceDetail) {
  return {
    ...invoiceAnswer(invoice),
    tax_name: invoice.taxName,
    tax_basis_points: invoice.taxBasisPoints,
    credited: toDecimal(invoice.creditedNanos),
    issuer: partyAnswer(invoice.issuer),
    recipient: partyAnswer(invoice.recipient),
    lines: invoice.lines.map(lineAnswer),
    credit_notes: invoice.creditNotes.map(creditNoteAnswer),
  };
}

export const queuedInvoiceAnswer = (invoice: InvoiceInQueue) => ({
  ...invoiceAnswer(invoice),
  organization: invoice.organization,
  reviewable_at: invoice.reviewableAt,
});

export function adjustmentAnswer(adjustment: InvoiceAdjustment) {
  return {
    id: adjustment.id,
    amount: toDecimal(adjustment.amountNanos),
    reason: adjustment.reason,
    status: adjustment.status,
    requested_by: adjustment.requestedByUserId,
    decided_by: adjustment.decidedByUserId,
  };
}

export const reviewedInvoiceAnswer = (invoice: ReviewedInvoice) => ({
  ...invoiceDetailAnswer(invoice),
  organization: invoice.organization,
  reviewable_at: invoice.reviewableAt,
  adjustments: invoice.adjustments.map(adjustmentAnswer),
  timeline: invoice.timeline.map(({ action, actor, createdAt }) => ({ action, actor, at: createdAt })),
});

export const billingProfileAnswer = ({ party, taxIdType, locale }: BillingProfileView) => ({
  ...partyAnswer(party),
  tax_id_type: taxIdType,
  locale,
});

export const reconciledMonthAnswer = (month: ReconciledMonth) => ({
  organization: { id: month.organizationId, name: month.name },
  period_start: month.from,
  period_end: month.to,
  invoice: month.invoice,
  usage: toDecimal(month.usageNanos),
  ledger: toDecimal(month.ledgerNanos),
  invoiced: month.invoicedNanos === null ? null : toDecimal(month.invoicedNanos),
  received: toDecimal(month.receivedNanos),
  stripe: month.stripeNanos === null ? null : toDecimal(month.stripeNanos),
  difference: toDecimal(month.differenceNanos),
});

const WIRE_NAMES: Record<string, string> = {
  amountNanos: 'amount',
  taxId: 'tax_id',
  taxIdType: 'tax_id_type',
};

/** How callers of the API write a field of the domain. */
export const invoiceApiField = (field: string): string => WIRE_NAMES[field] ?? field;
