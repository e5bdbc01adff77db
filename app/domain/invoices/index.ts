/** Monthly invoices, from the draft to the last payment. What others may use. */
export { adjustInvoice, decideAdjustment } from './adjust-invoice.ts';
export type { BillingSettings } from './billing-settings.ts';
export { collectInvoice, payInvoice } from './collect-invoice.ts';
export { creditInvoice } from './credit-invoice.ts';
export { isCreditSuspended } from './credit-suspension.ts';
export { draftInvoice } from './draft-invoice.ts';
export { draftInvoices, finalizeInvoices } from './draft-invoices.ts';
export { dunInvoices } from './dun-invoices.ts';
export { approveInvoice } from './finalize-invoice.ts';
export { getBillingSettings } from './get-billing-settings.ts';
export { getCreditNote } from './get-credit-note.ts';
export type { InvoiceDetail } from './invoice-view.ts';
export {
  listAllInvoices,
  reviewInvoice,
  type InvoiceInQueue,
  type InvoiceQueuePage,
  type ReviewedInvoice,
} from './list-all-invoices.ts';
export { getInvoice, listInvoices, type InvoicePage, type InvoiceSummary } from './list-invoices.ts';
export { mailInvoice, type InvoiceMailFacts } from './mail-invoice.ts';
export { markInvoicePaid } from './mark-invoice-paid.ts';
export {
  reconcileMonth,
  reconcileOrganization,
  type ReconciledDetail,
  type ReconciledMonth,
} from './reconcile-month.ts';
export { resendInvoice } from './resend-invoice.ts';
export { saveBillingSettings } from './save-billing-settings.ts';
export { INVOICE_QUEUES, type InvoiceQueue } from './schemas.ts';
export { applyFailedStripeInvoice, applyStripeInvoice } from './settle-invoice.ts';
export { voidInvoice } from './void-invoice.ts';
