import { and, eq } from 'drizzle-orm';
import { keys } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { insertKey, type IssuedKey, type KeySettings } from './insert-key.ts';
import { assertRoomForKey } from './key-restrictions.ts';
import { toKeyView } from './key-view.ts';
import { lockOwnKey } from './lock-own-key.ts';
import { rotateKeySchema, type RotateKeyInput } from './schemas.ts';

const HOUR_MS = 3_600_000;

/**
 * Replaces a key by a new one with the same name and rights. The old one stays good for the grace, so
 * that programs can be changed over one by one; without a grace it is revoked at once.
 * @throws AppError `forbidden`, `not_found`, `conflict` (not active, or too many keys).
 */
export async function rotateKey(ctx: Context, input: RotateKeyInput): Promise<IssuedKey> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const { keyId, graceHours } = parseInput(rotateKeySchema, input);
  return withTransaction(ctx, async (tx) => {
    const old = await lockOwnKey(tx, actor.organizationId, keyId);
    if (toKeyView(old, ctx.clock.now()).state !== 'active') {
      throw new AppError('conflict', 'Only an active key can be rotated.');
    }
    const graceEnd = new Date(ctx.clock.now() + graceHours * HOUR_MS);
    const expiresAt = old.expiresAt && old.expiresAt < graceEnd ? old.expiresAt : graceEnd;
    await tx.db
      .update(keys)
      .set(graceHours === 0 ? { status: 'revoked', revokedAt: ctx.clock.date() } : { expiresAt })
      .where(and(eq(keys.id, keyId), eq(keys.organizationId, actor.organizationId)));
    // After the old one has gone: a leaked key can be replaced however many there are.
    await assertRoomForKey(tx, actor.organizationId);
    const issued = await insertKey(tx, actor, {
      name: old.name,
      subscriptionId: old.subscriptionId,
      ...settingsOf(old),
    });
    await appendAuditEvent(tx, {
      organizationId: actor.organizationId,
      action: 'key.rotated',
      subjectId: keyId,
      before: { name: old.name, expiresAt: old.expiresAt?.toISOString() ?? null },
      after: { name: old.name, expiresAt: expiresAt.toISOString(), replacedBy: issued.key.id },
    });
    return issued;
  });
}

function settingsOf(key: KeySettings): KeySettings {
  const { permissions, allowedServiceIds, allowedModels, allowedAddresses, modelRoutes, expiresAt } = key;
  const { requestsPerMinute, requestsPerDay, tokensPerMinute, tokensPerDay, maxConcurrency } = key;
  return {
    ...{ permissions, allowedServiceIds, allowedModels, allowedAddresses, modelRoutes, expiresAt },
    ...{ requestsPerMinute, requestsPerDay, tokensPerMinute, tokensPerDay, maxConcurrency },
  };
}
