import { eq } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { lockSubscription } from './lock-subscription.ts';
import { subscriptionIdSchema } from './schemas.ts';

/**
 * A renewal was not paid. Only active subscriptions become past due; anything else stays as it is.
 * @throws AppError `not_found`.
 */
export async function markSubscriptionPastDue(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<void> {
  requireSystem(ctx);
  const { subscriptionId } = parseInput(subscriptionIdSchema, input);
  await withTransaction(ctx, async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId);
    if (subscription.status !== 'active') return;
    await tx.db.update(subscriptions).set({ status: 'past_due' }).where(eq(subscriptions.id, subscriptionId));
    await appendAuditEvent(tx, {
      organizationId: subscription.organizationId,
      action: 'subscription.past_due',
      subjectId: subscriptionId,
      before: { status: 'active' },
      after: { status: 'past_due' },
    });
  });
}
