import { keys, type Key } from '../../../db/schema/index.ts';
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

/** What a key may do and how much of it; a rotated key hands it on. */
export type KeySettings = Pick<
  Key,
  | 'permissions'
  | 'allowedServiceIds'
  | 'allowedModels'
  | 'allowedAddresses'
  | 'requestsPerMinute'
  | 'requestsPerDay'
  | 'tokensPerMinute'
  | 'tokensPerDay'
  | 'maxConcurrency'
  | 'modelRoutes'
  | 'expiresAt'
>;

export type NewKey = { name: string; subscriptionId: string | null } & {
  [Setting in keyof KeySettings]?: KeySettings[Setting] | undefined;
};

/** Writes a key for the actor's organization and the trail; the caller has authorized and parsed. */
export async function insertKey(ctx: Context, actor: UserActor, input: NewKey): Promise<IssuedKey> {
  const secret = generateKeySecret();
  const [key] = await ctx.db
    .insert(keys)
    .values({
      ...input,
      id: newId('key'),
      organizationId: actor.organizationId,
      hash: hashKey(secret, ctx.config.secrets.keyPepper),
      prefix: keyPrefix(secret),
      lastFour: lastFour(secret),
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
      ...auditedSettings(key),
    },
  });
  return { key: toKeyView(key, ctx.clock.now()), secret };
}

/** The settings as the trail keeps them. */
export function auditedSettings(key: KeySettings): Record<string, unknown> {
  return {
    permissions: key.permissions,
    allowedServiceIds: key.allowedServiceIds,
    allowedModels: key.allowedModels,
    allowedAddresses: key.allowedAddresses,
    requestsPerMinute: key.requestsPerMinute,
    requestsPerDay: key.requestsPerDay,
    tokensPerMinute: key.tokensPerMinute,
    tokensPerDay: key.tokensPerDay,
    maxConcurrency: key.maxConcurrency,
    modelRoutes: key.modelRoutes,
    expiresAt: key.expiresAt?.toISOString() ?? null,
  };
}
