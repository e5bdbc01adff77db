import type { StripeOperation } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import type { Context } from '../context.ts';

/**
 * Which job goes on with an operation whose answer was lost. It sends the same again, or looks for what
 * was made when Stripe has forgotten the idempotency key. Operations that somebody waits for (a customer, a
 * page to pay on) are gone on with when they ask again.
 */
const RESUME: Record<string, (tx: Context, operation: StripeOperation) => Promise<void>> = {
  refund: (tx, { parameters }) => {
    const refundId = String(parameters['refund_id']);
    return enqueue(tx.db, 'send_refund', { refundId }, { jobKey: `send_refund:${refundId}` });
  },
  subscription: (tx, { subjectId }) => {
    const [subscriptionId = '', replaces = ''] = subjectId.split(':');
    return enqueue(
      tx.db,
      'start_stripe_subscription',
      { subscriptionId, replaces },
      { jobKey: `start:${subscriptionId}` },
    );
  },
  transfer: advancePayout,
  payout: advancePayout,
};

function advancePayout(tx: Context, { subjectId: payoutId }: StripeOperation): Promise<void> {
  return enqueue(tx.db, 'advance_payout', { payoutId }, { jobKey: `advance_payout:${payoutId}` });
}

/** Asks a job to finish what was begun; unknown kinds stay as they are. */
export async function resumeOperation(tx: Context, operation: StripeOperation): Promise<void> {
  await RESUME[operation.kind]?.(tx, operation);
}
