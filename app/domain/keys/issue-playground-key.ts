import { and, desc, eq, ne, sql } from 'drizzle-orm';
import { keys, type Key } from '../../../db/schema/index.ts';
import { generateKeySecret, hashKey, keyPrefix, lastFour } from '../../lib/key-format.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context, type UserActor } from '../context.ts';
import { requireLiveSubscription } from './create-key.ts';
import { insertKey, type IssuedKey } from './insert-key.ts';
import { assertRoomForKey } from './key-restrictions.ts';
import { toKeyView } from './key-view.ts';
import { revokeKey } from './revoke-key.ts';
import { issuePlaygroundKeySchema } from './schemas.ts';

const PLAYGROUND_KEY_NAME = 'Playground';
const LIFETIME_MS = 3_600_000;

/**
 * A key for an hour of trying one subscription out in the browser. Each person has one: its secret is made
 * anew and the one before ends, so that lists and sums of keys show one playground, with what it was
 * narrowed to and what may be spent on it.
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
    const [latest, ...others] = await lockEarlier(tx, actor);
    const again = latest?.status === 'active' ? latest : null;
    for (const { id } of again || !latest ? others : [latest, ...others]) await revokeKey(tx, { keyId: id });
    if (!again || toKeyView(again, ctx.clock.now()).state === 'expired')
      await assertRoomForKey(tx, actor.organizationId);
    const expiresAt = new Date(ctx.clock.now() + LIFETIME_MS);
    if (again) return renew(tx, actor, again, { subscriptionId, expiresAt });
    return insertKey(tx, actor, { name: PLAYGROUND_KEY_NAME, subscriptionId, expiresAt });
  });
}

/** The person's playground keys, newest first; a lasting key that happens to have the name is none. */
function lockEarlier(tx: Context, actor: UserActor): Promise<Key[]> {
  return tx.db
    .select()
    .from(keys)
    .where(
      and(
        eq(keys.organizationId, actor.organizationId),
        eq(keys.createdByUserId, actor.userId),
        eq(keys.name, PLAYGROUND_KEY_NAME),
        ne(keys.status, 'revoked'),
        sql`${keys.expiresAt} <= ${keys.createdAt} + interval '61 minutes'`,
      ),
    )
    .orderBy(desc(keys.id))
    .for('update');
}

async function renew(
  tx: Context,
  actor: UserActor,
  before: Key,
  { subscriptionId, expiresAt }: { subscriptionId: string; expiresAt: Date },
): Promise<IssuedKey> {
  const secret = generateKeySecret();
  const [after] = await tx.db
    .update(keys)
    .set({
      ...{ subscriptionId, expiresAt, createdAt: tx.clock.date() },
      hash: hashKey(secret, tx.config.secrets.keyPepper),
      prefix: keyPrefix(secret),
      lastFour: lastFour(secret),
    })
    .where(and(eq(keys.id, before.id), eq(keys.organizationId, actor.organizationId)))
    .returning();
  if (!after) throw new Error('the locked key vanished');
  const traced = (key: Key) => ({
    ...{ name: key.name, prefix: key.prefix, lastFour: key.lastFour, subscriptionId: key.subscriptionId },
    expiresAt: key.expiresAt?.toISOString() ?? null,
  });
  await appendAuditEvent(tx, {
    organizationId: actor.organizationId,
    action: 'key.rotated',
    subjectId: after.id,
    before: traced(before),
    after: traced(after),
  });
  return { key: toKeyView(after, tx.clock.now()), secret };
}
