import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { count, createdAt, id, instant, nanos, updatedAt } from '../columns.ts';
import { organizations } from './organizations.ts';
import type { InvoiceParty } from './platform.ts';

/** What stands on an organization's invoices; they keep a copy when they are finalized. */
export const billingProfiles = pgTable('billing_profiles', {
  organizationId: text('organization_id')
    .primaryKey()
    .references(() => organizations.id),
  party: jsonb('party').notNull().$type<InvoiceParty>(),
  /** Stripe's kind of tax id (`eu_vat`, `jp_cn`, …); null: none was given. */
  taxIdType: text('tax_id_type'),
  locale: text('locale').notNull().default('en'),
  updatedAt: updatedAt(),
});

/** Tax on invoices by the buyer's country, from a moment on. */
export const taxRates = pgTable(
  'tax_rates',
  {
    id: id(),
    country: text('country').notNull(),
    name: text('name').notNull(),
    basisPoints: integer('basis_points').notNull(),
    /** Buyers with a tax id pay none and account for it themselves. */
    reverseCharge: boolean('reverse_charge').notNull().default(false),
    effectiveFrom: instant('effective_from').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('tax_rates_country_effective_from_key').on(table.country, table.effectiveFrom),
    check('tax_rates_basis_points_check', sql`${table.basisPoints} between 0 and 10000`),
  ],
);

export const INVOICE_STATUSES = ['draft', 'finalized', 'paid', 'past_due', 'void', 'refunded'] as const;

/** Statement of one organization's month: what it used and what of that is still to pay. */
export const invoices = pgTable(
  'invoices',
  {
    id: id(),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    /** `INV-000123`; given when finalized, without gaps. */
    number: text('number'),
    status: text('status', { enum: INVOICE_STATUSES }).notNull().default('draft'),
    currency: text('currency').notNull().default('USD'),
    /** Half-open, cut in `timeZone`. */
    periodStart: instant('period_start').notNull(),
    periodEnd: instant('period_end').notNull(),
    timeZone: text('time_zone').notNull(),
    locale: text('locale').notNull().default('en'),
    issuer: jsonb('issuer').$type<InvoiceParty>(),
    recipient: jsonb('recipient').$type<InvoiceParty>(),
    /** Whole cents, all five: lines add up to the subtotal, subtotal + tax = total = prepaid + due. */
    subtotalNanos: nanos('subtotal_nanos')
      .notNull()
      .default(sql`0`),
    taxNanos: nanos('tax_nanos')
      .notNull()
      .default(sql`0`),
    totalNanos: nanos('total_nanos')
      .notNull()
      .default(sql`0`),
    /** Already paid: by wallet, promotional credit or card. */
    prepaidNanos: nanos('prepaid_nanos')
      .notNull()
      .default(sql`0`),
    dueNanos: nanos('due_nanos')
      .notNull()
      .default(sql`0`),
    /** Of its usage, what was bought on credit; to the nano, as usage events have it. */
    creditNanos: nanos('credit_nanos')
      .notNull()
      .default(sql`0`),
    paidNanos: nanos('paid_nanos')
      .notNull()
      .default(sql`0`),
    /** Sum of its credit notes. */
    creditedNanos: nanos('credited_nanos')
      .notNull()
      .default(sql`0`),
    taxName: text('tax_name'),
    taxBasisPoints: integer('tax_basis_points').notNull().default(0),
    approvedByUserId: text('approved_by_user_id'),
    finalizedAt: instant('finalized_at'),
    dueAt: instant('due_at'),
    paidAt: instant('paid_at'),
    voidedAt: instant('voided_at'),
    stripeInvoiceId: text('stripe_invoice_id'),
    /** Tries made to collect what is due. */
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at'),
    lastError: text('last_error'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('invoices_number_key').on(table.number),
    uniqueIndex('invoices_period_key')
      .on(table.organizationId, table.periodStart)
      .where(sql`${table.status} <> 'void'`),
    uniqueIndex('invoices_stripe_invoice_id_key').on(table.stripeInvoiceId),
    index('invoices_status_idx').on(table.status, table.periodEnd),
    check(
      'invoices_number_check',
      sql`(${table.status} = 'draft') = (${table.number} is null) or ${table.status} = 'void'`,
    ),
    check('invoices_total_check', sql`${table.totalNanos} = ${table.subtotalNanos} + ${table.taxNanos}`),
    check('invoices_due_check', sql`${table.totalNanos} = ${table.prepaidNanos} + ${table.dueNanos}`),
  ],
);

export const INVOICE_LINE_KINDS = ['usage', 'fee', 'discount', 'refund', 'adjustment'] as const;

export const invoiceLines = pgTable(
  'invoice_lines',
  {
    id: id(),
    invoiceId: text('invoice_id')
      .notNull()
      .references(() => invoices.id),
    position: integer('position').notNull(),
    kind: text('kind', { enum: INVOICE_LINE_KINDS }).notNull(),
    serviceId: text('service_id'),
    serviceName: text('service_name'),
    planName: text('plan_name'),
    priceVersionId: text('price_version_id'),
    meter: text('meter'),
    model: text('model'),
    /** Reason of an adjustment; other lines are described by their columns, in any language. */
    description: text('description').notNull().default(''),
    quantity: count('quantity').notNull().default(0),
    nanosPerMillion: nanos('nanos_per_million'),
    /** To the nano, as the ledger has it. */
    exactNanos: nanos('exact_nanos').notNull(),
    /** Whole cents by the largest remainder, so that lines add up. */
    amountNanos: nanos('amount_nanos').notNull(),
  },
  (table) => [uniqueIndex('invoice_lines_invoice_id_position_key').on(table.invoiceId, table.position)],
);

/** Changes that administrators ask for before an invoice is finalized. */
export const invoiceAdjustments = pgTable(
  'invoice_adjustments',
  {
    id: id(),
    invoiceId: text('invoice_id')
      .notNull()
      .references(() => invoices.id),
    /** Signed, whole cents. */
    amountNanos: nanos('amount_nanos').notNull(),
    reason: text('reason').notNull(),
    status: text('status', { enum: ['pending', 'approved', 'rejected'] }).notNull(),
    requestedByUserId: text('requested_by_user_id').notNull(),
    /** Another administrator, above the limit. */
    decidedByUserId: text('decided_by_user_id'),
    createdAt: createdAt(),
    decidedAt: instant('decided_at'),
  },
  (table) => [index('invoice_adjustments_invoice_id_idx').on(table.invoiceId)],
);

/** Takes back all or a part of a finalized invoice. */
export const creditNotes = pgTable(
  'credit_notes',
  {
    id: id(),
    number: text('number').notNull(),
    invoiceId: text('invoice_id')
      .notNull()
      .references(() => invoices.id),
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    amountNanos: nanos('amount_nanos').notNull(),
    taxNanos: nanos('tax_nanos').notNull(),
    reason: text('reason').notNull(),
    createdByUserId: text('created_by_user_id'),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('credit_notes_number_key').on(table.number),
    index('credit_notes_invoice_id_idx').on(table.invoiceId),
    check('credit_notes_amount_check', sql`${table.amountNanos} > 0`),
  ],
);

/** What an organization could do before its unpaid invoices stopped it; given back when they are paid. */
export const creditSuspensions = pgTable(
  'credit_suspensions',
  {
    /** The invoice whose dunning came to its end. */
    invoiceId: text('invoice_id')
      .primaryKey()
      .references(() => invoices.id),
    /** The buyer. */
    organizationId: text('organization_id')
      .notNull()
      .references(() => organizations.id),
    creditLimitNanos: nanos('credit_limit_nanos').notNull(),
    /** Subscriptions that were stopped. */
    subscriptionIds: text('subscription_ids').array().notNull(),
    createdAt: createdAt(),
    liftedAt: instant('lifted_at'),
  },
  (table) => [
    uniqueIndex('credit_suspensions_live_key')
      .on(table.organizationId)
      .where(sql`${table.liftedAt} is null`),
  ],
);

/** Running numbers; taken in the transaction that uses them, so that none is lost. */
export const numberSeries = pgTable('number_series', {
  name: text('name').primaryKey(),
  next: count('next').notNull().default(1),
});

export type BillingProfile = typeof billingProfiles.$inferSelect;
export type TaxRate = typeof taxRates.$inferSelect;
export type Invoice = typeof invoices.$inferSelect;
export type InvoiceLine = typeof invoiceLines.$inferSelect;
export type InvoiceAdjustment = typeof invoiceAdjustments.$inferSelect;
export type CreditNote = typeof creditNotes.$inferSelect;
