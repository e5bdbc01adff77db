import { and, eq, gt, isNotNull } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import {
  checkouts,
  invoices,
  payouts,
  refunds,
  stripeOperations,
  subscriptions,
  type StripeOperation,
  type StripeOperationKind,
} from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import type { Context } from '../context.ts';
import { findReversalOf } from '../payouts/index.ts';
import { closePlanChange } from '../subscriptions/index.ts';

interface Continuation {
  /** Stripe's id of what was made, when we know it otherwise: an event can overtake a lost answer. */
  learn?: (ctx: Context, operation: StripeOperation) => Promise<string | null>;
  /** Goes on with it, or asks a job to. */
  resume: (ctx: Context, operation: StripeOperation) => Promise<void>;
}

/**
 * Who goes on with an operation whose answer was lost, for every kind there is. It sends the same again, or
 * looks for what was made when Stripe has forgotten the idempotency key.
 */
const CONTINUATIONS: Record<StripeOperationKind, Continuation> = {
  // Somebody needs these before anything else can happen, and goes on with them when they ask again.
  customer: waits(),
  checkout_session: waits(),
  portal_configuration: waits(),
  product: waits(),
  price: waits(),
  connect_account: waits(),
  subscription: {
    async learn(ctx, { subjectId }) {
      const [id, replaces] = partsOf(subjectId);
      const known = await readId(
        ctx,
        subscriptions,
        subscriptions.id,
        id,
        subscriptions.stripeSubscriptionId,
      );
      return known === replaces ? null : known;
    },
    resume(ctx, { subjectId }) {
      const [subscriptionId, replaces] = partsOf(subjectId);
      const payload = { subscriptionId, replaces };
      return enqueue(ctx.db, 'start_stripe_subscription', payload, { jobKey: `start:${subscriptionId}` });
    },
  },
  plan_change: { resume: closePlanChange },
  refund: {
    learn: (ctx, operation) => readId(ctx, refunds, refunds.id, refundOf(operation), refunds.stripeRefundId),
    resume(ctx, operation) {
      const refundId = refundOf(operation);
      return enqueue(ctx.db, 'send_refund', { refundId }, { jobKey: `send_refund:${refundId}` });
    },
  },
  auto_top_up: {
    learn: (ctx, { subjectId }) =>
      readId(ctx, checkouts, checkouts.id, subjectId, checkouts.stripePaymentIntentId),
    resume: (ctx) => enqueue(ctx.db, 'run_auto_top_ups', {}, { jobKey: 'run_auto_top_ups' }),
  },
  invoice: { resume: collectInvoice },
  invoice_item: { resume: collectInvoice },
  invoice_finalize: { resume: collectInvoice },
  invoice_payment: {
    async learn(ctx, { subjectId }) {
      const [invoiceId, remoteId, attempt] = partsOf(subjectId);
      const [invoice] = await ctx.db.select().from(invoices).where(eq(invoices.id, invoiceId));
      const isOver =
        !invoice ||
        invoice.attempts >= Number(attempt) ||
        invoice.stripeInvoiceId !== remoteId ||
        invoice.status === 'paid';
      return isOver ? remoteId : null;
    },
    resume: collectInvoice,
  },
  billing_profile: { learn: findLater, resume: pushBillingProfile },
  tax_id: { learn: findLater, resume: pushBillingProfile },
  transfer: {
    learn: (ctx, { subjectId }) => readId(ctx, payouts, payouts.id, subjectId, payouts.stripeTransferId),
    resume: advancePayout,
  },
  payout: { resume: advancePayout },
  transfer_reversal: {
    learn: findReversalOf,
    // Of a payout that failed, or of what refunds took after it was paid.
    resume(ctx, operation) {
      const { organizationId, subjectId } = operation;
      if (partsOf(subjectId)[1] === 'failed' || organizationId === null) return advancePayout(ctx, operation);
      const jobKey = `recover_payouts:${organizationId}`;
      return enqueue(ctx.db, 'recover_payouts', { organizationId }, { jobKey });
    },
  },
};

/** Finishes what was begun, or asks a job to. Never inside a transaction. */
export async function resumeOperation(ctx: Context, operation: StripeOperation): Promise<void> {
  const { learn, resume } = CONTINUATIONS[operation.kind];
  const stripeObjectId = learn ? await learn(ctx, operation) : null;
  if (stripeObjectId === null) return resume(ctx, operation);
  await ctx.db
    .update(stripeOperations)
    .set({ status: 'done', stripeObjectId })
    .where(and(eq(stripeOperations.id, operation.id), eq(stripeOperations.status, 'pending')));
}

function waits(): Continuation {
  return { resume: () => Promise.resolve() };
}

function partsOf(subjectId: string): [string, string, string] {
  const [first = '', second = '', third = ''] = subjectId.split(':');
  return [first, second, third];
}

const refundOf = ({ parameters }: StripeOperation): string => String(parameters['refund_id']);

async function readId(
  ctx: Context,
  table: PgTable,
  key: PgColumn,
  id: string,
  column: PgColumn,
): Promise<string | null> {
  const [row] = await ctx.db
    .select({ id: column })
    .from(table)
    .where(and(eq(key, id), isNotNull(column)));
  return typeof row?.id === 'string' ? row.id : null;
}

/** What was said since then took its place. */
async function findLater(
  ctx: Context,
  { kind, organizationId, createdAt }: StripeOperation,
): Promise<string | null> {
  const [later] = await ctx.db
    .select({ id: stripeOperations.stripeObjectId })
    .from(stripeOperations)
    .where(
      and(
        eq(stripeOperations.kind, kind),
        eq(stripeOperations.organizationId, organizationId ?? ''),
        eq(stripeOperations.status, 'done'),
        gt(stripeOperations.createdAt, createdAt),
      ),
    )
    .limit(1);
  return later?.id ?? null;
}

function advancePayout(ctx: Context, { subjectId }: StripeOperation): Promise<void> {
  const [payoutId] = partsOf(subjectId);
  return enqueue(ctx.db, 'advance_payout', { payoutId }, { jobKey: `advance_payout:${payoutId}` });
}

function collectInvoice(ctx: Context, { subjectId }: StripeOperation): Promise<void> {
  const [invoiceId] = partsOf(subjectId);
  return enqueue(ctx.db, 'collect_invoice', { invoiceId }, { jobKey: `collect_invoice:${invoiceId}` });
}

async function pushBillingProfile(ctx: Context, { organizationId }: StripeOperation): Promise<void> {
  if (organizationId === null) return;
  const jobKey = `push_billing_profile:${organizationId}`;
  await enqueue(ctx.db, 'push_billing_profile', { organizationId }, { jobKey });
}
