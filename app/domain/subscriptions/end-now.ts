import { eq } from 'drizzle-orm';
import { subscriptions, type Subscription } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { revokeSubscriptionKeys } from '../keys/index.ts';

/** Ends a locked, live subscription at once and revokes its keys; the caller has authorized. */
export async function endNow(
  ctx: Context,
  subscription: Subscription,
  reason: string,
): Promise<Subscription> {
  const [ended] = await ctx.db
    .update(subscriptions)
    .set({
      status: 'canceled',
      canceledAt: ctx.clock.date(),
      cancelAtPeriodEnd: false,
      pendingPlanId: null,
      graceUntil: null,
      trialEndsAt: null,
    })
    .where(eq(subscriptions.id, subscription.id))
    .returning();
  if (!ended) throw new Error('the locked subscription vanished');
  const revokedKeys = await revokeSubscriptionKeys(ctx, subscription);
  await appendAuditEvent(ctx, {
    organizationId: subscription.organizationId,
    action: 'subscription.canceled',
    subjectId: subscription.id,
    before: { status: subscription.status },
    after: { status: 'canceled', reason, revokedKeys },
  });
  return ended;
}
