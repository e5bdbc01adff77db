import { keys } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import { generateKeySecret, hashKey, keyPrefix, lastFour } from '../../lib/key-format.ts';
import { appendAuditEvent } from '../audit/index.ts';
import type { Context, UserActor } from '../context.ts';
import { toKeyView, type KeyView } from './key-view.ts';

/** A key just made. `secret` exists nowhere else: whoever gets this shows it once. */
export interface IssuedKey {
  key: KeyView;
  secret: string;
}

export interface NewKey {
  name: string;
  subscriptionId: string | null;
  expiresAt?: Date | null;
}

/** Writes a key for the actor's organization and the trail; the caller has authorized and parsed. */
export async function insertKey(ctx: Context, actor: UserActor, input: NewKey): Promise<IssuedKey> {
  const secret = generateKeySecret();
  const [key] = await ctx.db
    .insert(keys)
    .values({
      id: newId('key'),
      organizationId: actor.organizationId,
      subscriptionId: input.subscriptionId,
      name: input.name,
      hash: hashKey(secret, ctx.config.secrets.keyPepper),
      prefix: keyPrefix(secret),
      lastFour: lastFour(secret),
      expiresAt: input.expiresAt ?? null,
      createdByUserId: actor.userId,
    })
    .returning();
  if (!key) throw new Error('the key was not written');
  await appendAuditEvent(ctx, {
    organizationId: actor.organizationId,
    action: 'key.created',
    subjectId: key.id,
    after: {
      name: key.name,
      prefix: key.prefix,
      lastFour: key.lastFour,
      subscriptionId: key.subscriptionId,
      expiresAt: key.expiresAt?.toISOString() ?? null,
    },
  });
  return { key: toKeyView(key, ctx.clock.now()), secret };
}
