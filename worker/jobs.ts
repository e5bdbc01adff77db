/**
 * Catalogue of jobs: identifier → payload. Payloads are data of older code too, so fields are only
 * ever added, as optional. The executors stand in `worker/tasks/<identifier>.ts`.
 */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../db/client.ts';

export interface JobDefinition {
  payload: z.ZodType;
  maxAttempts: number;
}

export const JOBS = {
  /** Recomputes the 15-minute buckets touched since the watermark. */
  roll_up_usage: { payload: z.object({}), maxAttempts: 5 },
  /** Gives every charged call its signed receipt. */
  issue_receipts: { payload: z.object({}), maxAttempts: 5 },
  /** Re-reads the object of a stored Stripe event and applies it. */
  apply_stripe_event: { payload: z.object({ eventId: z.string() }), maxAttempts: 25 },
  /** Sends one mail of the outbox. */
  send_mail: { payload: z.object({ mailId: z.string() }), maxAttempts: 12 },
  /** Gives back money held by calls whose process died. */
  release_expired_holds: { payload: z.object({}), maxAttempts: 1 },
  /** Makes next months' partitions of usage_events. */
  ensure_usage_partitions: { payload: z.object({}), maxAttempts: 5 },
  /** Deletes expired sessions. */
  delete_expired_sessions: { payload: z.object({}), maxAttempts: 1 },
  /** Deletes conversations whose retention is over. */
  delete_expired_conversations: { payload: z.object({}), maxAttempts: 1 },
  /** Deletes answers kept for repeated calls once their time is over. */
  delete_expired_answers: { payload: z.object({}), maxAttempts: 1 },
  /** Refreshes access tokens that end soon, or the one of a credential that an upstream has refused. */
  refresh_oauth_grants: { payload: z.object({ credentialId: z.string().optional() }), maxAttempts: 1 },
  /** Tells the seller that an upstream refuses one of their credentials. */
  report_refused_credential: { payload: z.object({ credentialId: z.string() }), maxAttempts: 5 },
  /** Cancels a subscription at Stripe that nothing of ours wants any more. */
  cancel_stripe_subscription: {
    payload: z.object({ subscriptionId: z.string(), stripeSubscriptionId: z.string().optional() }),
    maxAttempts: 25,
  },
  /** Makes a subscription at Stripe end, renew or cost what ours says. */
  sync_stripe_subscription: { payload: z.object({ subscriptionId: z.string() }), maxAttempts: 25 },
  /** Starts collecting the fee of a plan that took over from another at the end of its period. */
  start_stripe_subscription: {
    payload: z.object({ subscriptionId: z.string(), replaces: z.string() }),
    maxAttempts: 25,
  },
  /** Looks for subscriptions whose renewal costs something new, or whose trial ends soon. */
  prepare_renewals: { payload: z.object({}), maxAttempts: 3 },
  /** Writes to a buyer about a subscription. */
  tell_subscriber: {
    payload: z.object({
      subscriptionId: z.string(),
      notice: z.enum(['trial_ending', 'past_due', 'recovered', 'ended']),
    }),
    maxAttempts: 8,
  },
  /** Sends a refund to the card. */
  send_refund: { payload: z.object({ refundId: z.string() }), maxAttempts: 25 },
  /** Applies what webhooks did not bring and finishes what was begun at Stripe. */
  reconcile_stripe: { payload: z.object({}), maxAttempts: 3 },
  /** Mails whoever has to act on a dispute, or both parties when it is over. */
  tell_of_dispute: {
    payload: z.object({
      disputeId: z.string(),
      news: z.enum(['opened', 'contested', 'unanswered', 'decided']),
    }),
    maxAttempts: 5,
  },
  /** Hands disputes without an answer to the administrators. */
  escalate_disputes: { payload: z.object({}), maxAttempts: 1 },
  /** Takes back promotional credit whose time is over. */
  expire_promotional_credits: { payload: z.object({}), maxAttempts: 1 },
  /** Tells about budgets of which a threshold was reached. */
  alert_budgets: { payload: z.object({}), maxAttempts: 1 },
  /** Makes earnings available whose hold period is over. */
  release_earnings: { payload: z.object({}), maxAttempts: 3 },
  /** Makes the payouts that are due, and looks after those under way. */
  schedule_payouts: { payload: z.object({}), maxAttempts: 3 },
  /** Brings one payout as far as it can go at Stripe. */
  advance_payout: { payload: z.object({ payoutId: z.string() }), maxAttempts: 25 },
  /** Calls money back from a seller's transfers after refunds took more than their balance. */
  recover_payouts: { payload: z.object({ organizationId: z.string() }), maxAttempts: 25 },
  /** Proves that ledger, balances, usage and Stripe agree, and tells administrators when they do not. */
  verify_ledger: { payload: z.object({}), maxAttempts: 2 },
  /** Drafts the months that have ended, and computes waiting drafts anew. */
  draft_invoices: { payload: z.object({}), maxAttempts: 3 },
  /** Finalizes drafts whose window is over, as far as administrators allow that unseen. */
  finalize_invoices: { payload: z.object({}), maxAttempts: 3 },
  /** Brings Stripe to where an invoice is, and collects what is open from the saved payment method. */
  collect_invoice: { payload: z.object({ invoiceId: z.string() }), maxAttempts: 25 },
  /** Takes the next step with unpaid invoices whose time has come. */
  dun_invoices: { payload: z.object({}), maxAttempts: 3 },
  /** Writes to a buyer about an invoice. */
  send_invoice_mail: {
    payload: z.object({
      invoiceId: z.string(),
      notice: z.enum(['ready', 'paid', 'payment_failed', 'reminder', 'suspended', 'recovered', 'credited']),
    }),
    maxAttempts: 5,
  },
  /** Tells Stripe a customer's name, address and tax id. */
  push_billing_profile: { payload: z.object({ organizationId: z.string() }), maxAttempts: 25 },
  /** Closes billing periods of counted prices, and gives back what volume tiers charged too much. */
  close_billing_periods: { payload: z.object({}), maxAttempts: 3 },
  /** Charges saved payment methods of wallets that fell below their threshold. */
  run_auto_top_ups: { payload: z.object({}), maxAttempts: 1 },
} as const satisfies Record<string, JobDefinition>;

export type JobName = keyof typeof JOBS;
export type JobPayload<Name extends JobName> = z.infer<(typeof JOBS)[Name]['payload']>;

export interface EnqueueOptions {
  /** Jobs with the same key replace each other until one starts. */
  jobKey?: string;
  /** Keep the earlier run time when a job with this key waits already. */
  preserveRunAt?: boolean;
  runAt?: Date;
  /** Jobs of one queue run one after the other. */
  queueName?: string;
}

/** Adds a job in the caller's transaction: it exists exactly when the transaction commits. */
export async function enqueue<Name extends JobName>(
  db: Db,
  name: Name,
  payload: JobPayload<Name>,
  options: EnqueueOptions = {},
): Promise<void> {
  const body = JSON.stringify(JOBS[name].payload.parse(payload));
  await db.execute(sql`select graphile_worker.add_job(
    ${name}, payload => ${body}::json, queue_name => ${options.queueName ?? null},
    run_at => ${options.runAt?.toISOString() ?? null}::timestamptz, max_attempts => ${JOBS[name].maxAttempts},
    job_key => ${options.jobKey ?? null}, job_key_mode => ${options.preserveRunAt ? 'preserve_run_at' : 'replace'})`);
}
