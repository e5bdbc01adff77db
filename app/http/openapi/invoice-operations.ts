/** Invoices in the OpenAPI document: what is asked, and the shapes of the answers. */
import type { Operation } from './document.ts';
import { count, instant, list, money, nullable, object, page, ref, text, type Schema } from './shapes.ts';

const summary = {
  id: text(),
  number: nullable(text('Without gaps; null for drafts.')),
  status: text('draft, finalized, paid, past_due, void or refunded.'),
  month: text('Such as 2026-10.'),
  period_start: instant,
  period_end: instant,
  time_zone: text('IANA name that the period was cut in.'),
  currency: text(),
  subtotal: money,
  tax: money,
  total: money,
  prepaid: money,
  due: money,
  open: money,
  finalized_at: nullable(instant),
  due_at: nullable(instant),
};

const party = {
  name: text(),
  address: list(text()),
  country: nullable(text('ISO 3166-1 alpha-2.')),
  tax_id: nullable(text()),
  email: nullable(text()),
};

const detail = {
  ...summary,
  tax_name: nullable(text()),
  tax_basis_points: count,
  credited: money,
  issuer: object(party),
  recipient: object(party),
  lines: list(
    object({
      kind: text('usage, fee, discount, refund or adjustment.'),
      service_id: nullable(text()),
      service: nullable(text()),
      plan: nullable(text()),
      price_version_id: nullable(text()),
      meter: nullable(text()),
      model: nullable(text()),
      description: text(),
      quantity: count,
      price_per_million: nullable(money),
      exact_amount: money,
      amount: money,
    }),
  ),
  credit_notes: list(ref('CreditNote')),
};

const organization = object({ id: text(), name: text() });

const adjustment = object({
  id: text(),
  amount: money,
  reason: text(),
  status: text('pending, approved or rejected.'),
  requested_by: text(),
  decided_by: nullable(text()),
});

export const invoiceSchemas: Record<string, Schema> = {
  InvoiceSummary: object(summary),
  InvoicePage: page('InvoiceSummary'),
  Invoice: object(detail),
  CreditNote: object({
    id: text(),
    number: text(),
    amount: money,
    tax: money,
    reason: text(),
    created_at: instant,
  }),
  InvoicePayment: object({ url: text('Where to pay.') }),
  BillingProfile: object({
    ...party,
    tax_id_type: nullable(text('As Stripe names it: eu_vat, jp_cn, …')),
    locale: text('Language of invoices.'),
  }),
  BillingProfileInput: object(
    {
      name: text(),
      address: list(text()),
      country: nullable(text()),
      email: nullable(text()),
      tax_id_type: nullable(text()),
      tax_id: nullable(text()),
      locale: text(),
    },
    ['address', 'country', 'email', 'tax_id_type', 'tax_id', 'locale'],
  ),
  QueuedInvoice: object({ ...summary, organization, reviewable_at: instant }),
  InvoiceQueue: object({
    data: list(ref('QueuedInvoice')),
    page: count,
    page_count: count,
    total: count,
    totals: object({ total: money, due: money, open: money }),
  }),
  ReviewedInvoice: object({
    ...detail,
    organization,
    reviewable_at: instant,
    adjustments: list(ref('InvoiceAdjustment')),
    timeline: list(object({ action: text(), actor: text(), at: instant })),
  }),
  InvoiceAct: object(
    {
      action: text('approve, adjust, void, credit, mark_paid or resend.'),
      amount: money,
      reason: text(),
      reissue: { type: 'boolean' },
    },
    ['amount', 'reason', 'reissue'],
  ),
  InvoiceAdjustment: adjustment,
  AdjustmentDecision: object({ decision: text('approve or reject.') }),
  Reconciliation: object({
    month: text(),
    difference: money,
    complete: { type: 'boolean' },
    data: list(
      object({
        organization,
        period_start: instant,
        period_end: instant,
        invoice: nullable(object({ id: text(), number: nullable(text()), status: text() })),
        usage: money,
        ledger: money,
        invoiced: nullable(money),
        received: money,
        stripe: nullable(money),
        difference: money,
      }),
    ),
  }),
};

const BUYING = { tag: 'Buying' as const };
const ADMINISTRATION = { tag: 'Administration' as const };

export const invoiceOperations: Record<string, Record<string, Operation>> = {
  '/api/v1/buyer/invoices': {
    get: {
      ...BUYING,
      id: 'listInvoices',
      summary: 'Invoices and drafts, the newest month first',
      query: { page: 'From 1.' },
      answer: 'InvoicePage',
    },
  },
  '/api/v1/buyer/invoices/{id}': {
    get: {
      ...BUYING,
      id: 'getInvoice',
      summary: 'An invoice with its lines and credit notes',
      answer: 'Invoice',
      errors: [404],
    },
  },
  '/api/v1/buyer/invoices/{id}/files/{format}': {
    get: {
      ...BUYING,
      id: 'getInvoiceFile',
      summary: 'An invoice as a file: pdf or csv',
      query: { locale: 'en, zh-CN, zh-TW or ja; the language of the invoice when absent.' },
      answer: null,
      errors: [404],
    },
  },
  '/api/v1/buyer/invoices/{id}/payment': {
    post: {
      ...BUYING,
      id: 'payInvoice',
      summary: 'Where to pay what is open of an invoice',
      answer: 'InvoicePayment',
      status: 201,
      errors: [403, 404, 409, 503],
    },
  },
  '/api/v1/buyer/billing-profile': {
    get: {
      ...BUYING,
      id: 'getBillingProfile',
      summary: 'What stands on the next invoice',
      answer: 'BillingProfile',
    },
    put: {
      ...BUYING,
      id: 'saveBillingProfile',
      summary: 'Replace it; finalized invoices keep what they say',
      body: 'BillingProfileInput',
      answer: 'BillingProfile',
      errors: [403],
    },
  },
  '/api/v1/admin/invoices': {
    get: {
      ...ADMINISTRATION,
      id: 'listInvoiceQueue',
      summary: 'Invoices of all buyers, those that wait for a review when nothing is asked for',
      query: { queue: 'review, past_due or all.', query: 'Part of a number or name.', page: 'From 1.' },
      answer: 'InvoiceQueue',
      errors: [403],
    },
  },
  '/api/v1/admin/invoices/{id}': {
    get: {
      ...ADMINISTRATION,
      id: 'reviewInvoice',
      summary: 'An invoice with its adjustments and what happened to it',
      answer: 'ReviewedInvoice',
      errors: [403, 404],
    },
    post: {
      ...ADMINISTRATION,
      id: 'decideInvoice',
      summary: 'Approve, adjust, void, credit, mark as paid or send an invoice again',
      body: 'InvoiceAct',
      answer: 'ReviewedInvoice',
      errors: [403, 404, 409],
    },
  },
  '/api/v1/admin/invoice-adjustments/{id}': {
    put: {
      ...ADMINISTRATION,
      id: 'decideAdjustment',
      summary: 'Approve or reject an adjustment that another administrator asked for',
      body: 'AdjustmentDecision',
      answer: 'InvoiceAdjustment',
      errors: [403, 404, 409],
    },
  },
  '/api/v1/admin/reconciliation': {
    get: {
      ...ADMINISTRATION,
      id: 'reconcileMonth',
      summary: 'Usage events, ledger, invoices and Stripe of a month; the difference must be 0',
      query: { month: 'Such as 2026-10.' },
      answer: 'Reconciliation',
      errors: [403],
    },
  },
};
