import { eq, sql } from 'drizzle-orm';
import { keys, organizations } from '../../../db/schema/index.ts';
import { isInRanges } from '../../lib/address-range.ts';
import { AppError } from '../../lib/app-error.ts';
import { hashKey, isWellFormedKey } from '../../lib/key-format.ts';
import type { Context, KeyActor } from '../context.ts';

/**
 * Whose key this is, for reading what the gateway does not answer itself: the management API.
 * @throws AppError `invalid_api_key`, or `key_not_allowed` when it may not read from here.
 */
export async function verifyKey(
  ctx: Pick<Context, 'db' | 'config' | 'ipAddress'>,
  { secret }: { secret: string },
): Promise<KeyActor> {
  const refused = new AppError('invalid_api_key', 'This key is not valid, disabled, or has expired.');
  if (!isWellFormedKey(secret)) throw refused;
  const [key] = await ctx.db
    .select({
      keyId: keys.id,
      organizationId: keys.organizationId,
      permissions: keys.permissions,
      allowedAddresses: keys.allowedAddresses,
      isLive: sql<boolean>`${keys.status} = 'active' and (${keys.expiresAt} is null or ${keys.expiresAt} > now())
        and ${organizations.status} = 'active'`,
    })
    .from(keys)
    .innerJoin(organizations, eq(organizations.id, keys.organizationId))
    .where(eq(keys.hash, hashKey(secret, ctx.config.secrets.keyPepper)));
  if (!key?.isLive) throw refused;
  if (!key.permissions.includes('read')) throw new AppError('key_not_allowed', 'This key may not read.');
  if (key.allowedAddresses.length > 0 && !isInRanges(ctx.ipAddress ?? '', key.allowedAddresses)) {
    throw new AppError('key_not_allowed', 'This key may not be used from this address.');
  }
  return { type: 'key', keyId: key.keyId, organizationId: key.organizationId };
}
