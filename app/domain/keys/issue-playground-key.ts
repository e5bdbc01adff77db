import { and, eq, ne, sql } from 'drizzle-orm';
import { keys } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { requireLiveSubscription } from './create-key.ts';
import { insertKey, type IssuedKey } from './insert-key.ts';
import { assertRoomForKey } from './key-restrictions.ts';
import { revokeKey } from './revoke-key.ts';
import { issuePlaygroundKeySchema } from './schemas.ts';

const PLAYGROUND_KEY_NAME = 'Playground';
const LIFETIME_MS = 3_600_000;

/**
 * A key for an hour of trying one subscription out in the browser. The person's earlier ones are
 * revoked: there is at most one at a time.
 * @throws AppError `forbidden`, `not_found` (foreign or ended subscription), `conflict` (too many keys).
 */
export async function issuePlaygroundKey(
  ctx: Context,
  input: { subscriptionId: string },
): Promise<IssuedKey> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { subscriptionId } = parseInput(issuePlaygroundKeySchema, input);
  return withTransaction(ctx, async (tx) => {
    await requireLiveSubscription(tx, actor.organizationId, subscriptionId);
    const earlier = await tx.db
      .select({ id: keys.id })
      .from(keys)
      .where(
        and(
          eq(keys.organizationId, actor.organizationId),
          eq(keys.createdByUserId, actor.userId),
          eq(keys.name, PLAYGROUND_KEY_NAME),
          ne(keys.status, 'revoked'),
          // A lasting key that somebody happened to give this name is left alone.
          sql`${keys.expiresAt} <= ${keys.createdAt} + interval '61 minutes'`,
        ),
      );
    for (const { id } of earlier) await revokeKey(tx, { keyId: id });
    await assertRoomForKey(tx, actor.organizationId);
    return insertKey(tx, actor, {
      name: PLAYGROUND_KEY_NAME,
      subscriptionId,
      expiresAt: new Date(ctx.clock.now() + LIFETIME_MS),
    });
  });
}
