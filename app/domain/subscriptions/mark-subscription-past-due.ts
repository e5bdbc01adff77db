import { eq } from 'drizzle-orm';
import { platformSettings, subscriptions } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { lockSubscription } from './lock-subscription.ts';
import { markPastDueSchema } from './schemas.ts';
import { tellSubscriber } from './tell-subscriber.ts';

const DAY_MS = 86_400_000;

/**
 * A renewal was not paid: calls go on for the platform's days of grace, counted from when it was due.
 * Only active subscriptions become past due; anything else stays as it is.
 * @throws AppError `not_found`.
 */
export async function markSubscriptionPastDue(
  ctx: Context,
  input: { subscriptionId: string; dueSince?: Date },
): Promise<void> {
  requireSystem(ctx);
  const { subscriptionId, dueSince } = parseInput(markPastDueSchema, input);
  await withTransaction(ctx, async (tx) => {
    const subscription = await lockSubscription(tx, subscriptionId);
    if (subscription.status !== 'active') return;
    const [settings] = await tx.db
      .select({ graceDays: platformSettings.dunningGraceDays })
      .from(platformSettings);
    const since = dueSince?.getTime() ?? tx.clock.now();
    const graceUntil = new Date(since + (settings?.graceDays ?? 7) * DAY_MS);
    await tx.db
      .update(subscriptions)
      .set({ status: 'past_due', graceUntil, trialEndsAt: null })
      .where(eq(subscriptions.id, subscriptionId));
    await appendAuditEvent(tx, {
      organizationId: subscription.organizationId,
      action: 'subscription.past_due',
      subjectId: subscriptionId,
      before: { status: 'active' },
      after: { status: 'past_due', graceUntil: graceUntil.toISOString() },
    });
    await tellSubscriber(tx, subscription, 'past_due', graceUntil.toISOString());
  });
}
