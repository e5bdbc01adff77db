import { and, eq } from 'drizzle-orm';
import { keys } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { auditedSettings } from './insert-key.ts';
import { assertFuture, assertRoomForKey, resolveServices } from './key-restrictions.ts';
import { toKeyView, type KeyView } from './key-view.ts';
import { lockOwnKey } from './lock-own-key.ts';
import { updateKeySchema, type UpdateKeyInput } from './schemas.ts';

/**
 * Changes what a key may do, or disables and enables it; every process knows within a second. What
 * is left out stays as it is.
 * @throws AppError `forbidden`, `invalid_request`, `not_found`, `conflict` (the key is revoked, or has expired
 * and there are too many to bring it back).
 */
export async function updateKey(ctx: Context, input: UpdateKeyInput): Promise<KeyView> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { keyId, allowedServiceIds, ...changes } = parseInput(updateKeySchema, input);
  return withTransaction(ctx, async (tx) => {
    const before = await lockOwnKey(tx, actor.organizationId, keyId);
    if (before.status === 'revoked') throw new AppError('conflict', 'This key is revoked for good.');
    // A form sends the expiry along; only a new one must lie ahead.
    const isMoved =
      changes.expiresAt !== undefined && changes.expiresAt?.getTime() !== before.expiresAt?.getTime();
    if (isMoved) assertFuture(ctx, changes.expiresAt);
    if (isMoved && toKeyView(before, ctx.clock.now()).state === 'expired')
      await assertRoomForKey(tx, actor.organizationId);
    const set = {
      ...changes,
      ...(allowedServiceIds && {
        allowedServiceIds: await resolveServices(tx, actor.organizationId, allowedServiceIds),
      }),
    };
    if (Object.values(set).every((value) => value === undefined)) return toKeyView(before, ctx.clock.now());
    const [after] = await tx.db
      .update(keys)
      .set(set)
      .where(and(eq(keys.id, keyId), eq(keys.organizationId, actor.organizationId)))
      .returning();
    if (!after) throw new Error('the locked key vanished');
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action:
        before.status === after.status
          ? 'key.updated'
          : `key.${after.status === 'active' ? 'enabled' : 'disabled'}`,
      subjectId: keyId,
      before: { name: before.name, status: before.status, ...auditedSettings(before) },
      after: { name: after.name, status: after.status, ...auditedSettings(after) },
    });
    return toKeyView(after, ctx.clock.now());
  });
}
