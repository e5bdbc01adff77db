import { and, eq, ne } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { insertKey, type IssuedKey } from './insert-key.ts';
import { assertFuture, assertRoomForKey, resolveServices } from './key-restrictions.ts';
import { createKeySchema, type CreateKeyInput } from './schemas.ts';

/**
 * Makes a key of the acting organization. The secret is in the answer and nowhere else.
 * @throws AppError `forbidden`, `invalid_request`, `not_found` (foreign or ended subscription),
 * `conflict` (too many keys).
 */
export async function createKey(ctx: Context, input: CreateKeyInput): Promise<IssuedKey> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { subscriptionId = null, allowedServiceIds = [], ...settings } = parseInput(createKeySchema, input);
  assertFuture(ctx, settings.expiresAt);
  return withTransaction(ctx, async (tx) => {
    if (subscriptionId) await requireLiveSubscription(tx, actor.organizationId, subscriptionId);
    await assertRoomForKey(tx, actor.organizationId);
    return insertKey(tx, actor, {
      ...settings,
      subscriptionId,
      allowedServiceIds: await resolveServices(tx, actor.organizationId, allowedServiceIds),
    });
  });
}

/** Locks the row, so that a key is never made for a subscription that ends at the same moment. */
export async function requireLiveSubscription(
  ctx: Context,
  organizationId: string,
  id: string,
): Promise<void> {
  const [live] = await ctx.db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.id, id),
        eq(subscriptions.organizationId, organizationId),
        ne(subscriptions.status, 'canceled'),
      ),
    )
    .for('share');
  if (!live) throw new AppError('not_found', 'There is no such subscription.');
}
