import { and, count, eq, ne } from 'drizzle-orm';
import { keys, subscriptions } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { insertKey, type IssuedKey } from './insert-key.ts';
import { createKeySchema, type CreateKeyInput } from './schemas.ts';

/** Every process keeps all live keys in memory, so nobody may make them without end. */
export const MAX_ACTIVE_KEYS = 200;

/**
 * Makes a key of the acting organization. The secret is in the answer and nowhere else.
 * @throws AppError `forbidden`, `invalid_request`, `not_found` (foreign or ended subscription),
 * `conflict` (too many keys).
 */
export async function createKey(ctx: Context, input: CreateKeyInput): Promise<IssuedKey> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { name, subscriptionId = null, expiresAt = null } = parseInput(createKeySchema, input);
  if (expiresAt && expiresAt.getTime() <= ctx.clock.now()) {
    throw new AppError('invalid_request', 'The expiry lies in the past.', {
      issues: [{ field: 'expiresAt', reason: 'invalid' }],
    });
  }
  return withTransaction(ctx, async (tx) => {
    if (subscriptionId) await requireLiveSubscription(tx, actor.organizationId, subscriptionId);
    const [active] = await tx.db
      .select({ keys: count() })
      .from(keys)
      .where(and(eq(keys.organizationId, actor.organizationId), eq(keys.status, 'active')));
    if (active && active.keys >= MAX_ACTIVE_KEYS) {
      throw new AppError(
        'conflict',
        `There are ${MAX_ACTIVE_KEYS} active keys. Revoke one you no longer use.`,
      );
    }
    return insertKey(tx, actor, { name, subscriptionId, expiresAt });
  });
}

/** Locks the row, so that a key is never made for a subscription that ends at the same moment. */
async function requireLiveSubscription(ctx: Context, organizationId: string, id: string): Promise<void> {
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
