import { z } from 'zod';
import { INVOICE_STATUSES } from '../../../db/schema/index.ts';
import { amountField } from '../../lib/amount-field.ts';
import { NANOS_PER_CENT } from '../../lib/money.ts';
import { countrySchema } from '../tax-rates/index.ts';

const MAX_REASON_CHARS = 500;
const MIN_REASON_CHARS = 3;
const MAX_PAGE = 1_000_000;
const MAX_DAYS = 365;
const MAX_DUNNING_STEPS = 10;
const MAX_DRAFT_HOURS = 720;

export const invoiceIdSchema = z.strictObject({ invoiceId: z.string().min(1).max(64) });
export const creditNoteIdSchema = z.strictObject({ creditNoteId: z.string().min(1).max(64) });

const reasonSchema = z.string().trim().min(MIN_REASON_CHARS).max(MAX_REASON_CHARS);
const wholeCents = z.bigint().refine((nanos) => nanos % NANOS_PER_CENT === 0n, 'too_many_decimals');

export const listInvoicesSchema = z.strictObject({
  page: z.number().int().min(1).max(MAX_PAGE).default(1),
});

/** What administrators look through: those that wait for them first. */
export const INVOICE_QUEUES = ['review', 'past_due', 'all'] as const;
export type InvoiceQueue = (typeof INVOICE_QUEUES)[number];

export const listAllInvoicesSchema = z.strictObject({
  queue: z.enum(INVOICE_QUEUES).default('review'),
  status: z.enum(INVOICE_STATUSES).optional(),
  /** Part of a number or of a buyer's name. */
  query: z.string().trim().max(100).optional(),
  page: z.number().int().min(1).max(MAX_PAGE).default(1),
});
export type ListAllInvoicesInput = z.input<typeof listAllInvoicesSchema>;

export const adjustInvoiceSchema = z.strictObject({
  invoiceId: z.string().min(1).max(64),
  /** Signed; negative takes off. */
  amountNanos: wholeCents.refine((nanos) => nanos !== 0n, 'invalid_amount'),
  reason: reasonSchema,
});
export type AdjustInvoiceInput = z.input<typeof adjustInvoiceSchema>;

export const decideAdjustmentSchema = z.strictObject({
  adjustmentId: z.string().min(1).max(64),
  decision: z.enum(['approve', 'reject']),
});
export type DecideAdjustmentInput = z.input<typeof decideAdjustmentSchema>;

export const voidInvoiceSchema = z.strictObject({
  invoiceId: z.string().min(1).max(64),
  reason: reasonSchema,
  /** True: what it was about is drafted anew. False: nobody has to pay it any more. */
  reissue: z.boolean(),
});
export type VoidInvoiceInput = z.input<typeof voidInvoiceSchema>;

export const creditInvoiceSchema = z.strictObject({
  invoiceId: z.string().min(1).max(64),
  /** With tax; all that is left when absent. */
  amountNanos: wholeCents.refine((nanos) => nanos > 0n, 'invalid_amount').optional(),
  reason: reasonSchema,
});
export type CreditInvoiceInput = z.input<typeof creditInvoiceSchema>;

export const markInvoicePaidSchema = z.strictObject({
  invoiceId: z.string().min(1).max(64),
  /** How it was paid: the reference of the bank transfer. */
  reason: reasonSchema,
});
export type MarkInvoicePaidInput = z.input<typeof markInvoicePaidSchema>;

const partySchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  address: z.array(z.string().trim().min(1).max(120)).max(6),
  country: countrySchema.optional(),
  taxId: z.string().trim().max(40).optional(),
  email: z.string().trim().max(254).pipe(z.email()).optional(),
});

export const saveBillingSettingsSchema = z.strictObject({
  issuer: partySchema,
  invoiceSeries: z
    .string()
    .trim()
    .regex(/^[A-Z0-9]{1,10}$/, 'invalid_series'),
  invoiceDraftHours: z.number().int().min(0).max(MAX_DRAFT_HOURS),
  /** Null: every draft waits for a review. */
  autoFinalizeNanos: z.bigint().min(0n).nullable(),
  secondApproverNanos: z.bigint().min(0n),
  invoiceDueDays: z.number().int().min(0).max(MAX_DAYS),
  dunningDays: z
    .array(z.number().int().min(0).max(MAX_DAYS))
    .max(MAX_DUNNING_STEPS)
    .transform((days) => [...new Set(days)].sort((a, b) => a - b)),
  dunningGraceDays: z.number().int().min(0).max(MAX_DAYS),
});
export type SaveBillingSettingsInput = z.input<typeof saveBillingSettingsSchema>;

/** A month as `2026-10`. */
export const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'invalid');

export const adjustmentFormSchema = z.strictObject({ amount: amountField, reason: reasonSchema });
export const creditFormSchema = z.strictObject({ amount: amountField.optional(), reason: reasonSchema });
export const reasonFormSchema = z.strictObject({ reason: reasonSchema });

const wholeNumber = z
  .string()
  .trim()
  .regex(/^\d{1,4}$/, 'invalid')
  .transform(Number);

export const billingSettingsFormSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  address: z.string().max(800).optional(),
  country: countrySchema.optional(),
  taxId: z.string().trim().max(40).optional(),
  email: z.string().trim().max(254).pipe(z.email()).optional(),
  invoiceSeries: z.string().trim().toUpperCase(),
  invoiceDraftHours: wholeNumber,
  autoFinalize: amountField.optional(),
  secondApprover: amountField,
  invoiceDueDays: wholeNumber,
  dunningDays: z
    .string()
    .trim()
    .regex(/^(\d{1,3}(\s*,\s*\d{1,3})*)?$/, 'invalid_days')
    .default(''),
  dunningGraceDays: wholeNumber,
});
