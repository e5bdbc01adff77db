import { and, eq } from 'drizzle-orm';
import { keys } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { toKeyView, type KeyView } from './key-view.ts';
import { lockOwnKey } from './lock-own-key.ts';
import { keyIdSchema } from './schemas.ts';

/**
 * Ends a key for good; a database trigger tells every process within a second. Revoking a revoked
 * key changes nothing.
 * @throws AppError `forbidden`, `not_found`.
 */
export async function revokeKey(ctx: Context, input: { keyId: string }): Promise<KeyView> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { keyId } = parseInput(keyIdSchema, input);
  return withTransaction(ctx, async (tx) => {
    const own = and(eq(keys.id, keyId), eq(keys.organizationId, actor.organizationId));
    const key = await lockOwnKey(tx, actor.organizationId, keyId);
    if (key.status === 'revoked') return toKeyView(key, ctx.clock.now());
    const [revoked] = await tx.db
      .update(keys)
      .set({ status: 'revoked', revokedAt: ctx.clock.date() })
      .where(own)
      .returning();
    if (!revoked) throw new Error('the locked key vanished');
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'key.revoked',
      subjectId: keyId,
      before: { name: key.name, status: key.status },
      after: { name: key.name, status: 'revoked' },
    });
    return toKeyView(revoked, ctx.clock.now());
  });
}
