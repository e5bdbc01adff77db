import { and, eq, ne } from 'drizzle-orm';
import { keys } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import type { Context } from '../context.ts';

/**
 * Revokes the keys that are good for one subscription only, when it ends. Keys for all
 * subscriptions stay; the gateway refuses them for the service without a subscription.
 * The caller has authorized; runs in its transaction.
 * @returns how many keys were revoked.
 */
export async function revokeSubscriptionKeys(
  ctx: Context,
  subscription: { id: string; organizationId: string },
): Promise<number> {
  const revoked = await ctx.db
    .update(keys)
    .set({ status: 'revoked', revokedAt: ctx.clock.date() })
    .where(
      and(
        eq(keys.organizationId, subscription.organizationId),
        eq(keys.subscriptionId, subscription.id),
        ne(keys.status, 'revoked'),
      ),
    )
    .returning({ id: keys.id, name: keys.name });
  for (const key of revoked) {
    await appendAuditEvent(ctx, {
      organizationId: subscription.organizationId,
      action: 'key.revoked',
      subjectId: key.id,
      before: { name: key.name, status: 'active' },
      after: { name: key.name, status: 'revoked', reason: 'subscription_ended' },
    });
  }
  return revoked.length;
}
