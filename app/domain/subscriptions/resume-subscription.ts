import { eq } from 'drizzle-orm';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { enqueueSync, lockOwnSubscription } from './lock-subscription.ts';
import { subscriptionIdSchema } from './schemas.ts';

/**
 * Takes back what was planned for the end of the period: a cancellation, or a change to another plan.
 * With nothing planned it changes nothing; what has ended stays ended.
 * @throws AppError `forbidden`, `not_found`.
 */
export async function resumeSubscription(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<Subscription> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { subscriptionId } = parseInput(subscriptionIdSchema, input);
  return withTransaction(ctx, async (tx) => {
    const subscription = await lockOwnSubscription(tx, actor, subscriptionId);
    const { cancelAtPeriodEnd, pendingPlanId } = subscription;
    if (!cancelAtPeriodEnd && pendingPlanId === null) return subscription;
    const [resumed] = await tx.db
      .update(subscriptions)
      .set({ cancelAtPeriodEnd: false, pendingPlanId: null })
      .where(eq(subscriptions.id, subscriptionId))
      .returning();
    if (!resumed) throw new Error('the locked subscription vanished');
    await enqueueSync(tx, subscriptionId);
    await appendAuditEvent(tx, {
      organizationId: subscription.organizationId,
      action: 'subscription.resumed',
      subjectId: subscriptionId,
      before: { cancelAtPeriodEnd, pendingPlanId },
      after: { cancelAtPeriodEnd: false, pendingPlanId: null },
    });
    return resumed;
  });
}
