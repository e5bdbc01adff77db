import { and, eq } from 'drizzle-orm';
import { keys, type Key } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';

/** The organization's key, locked until the transaction ends. @throws AppError `not_found`. */
export async function lockOwnKey(ctx: Context, organizationId: string, keyId: string): Promise<Key> {
  const [key] = await ctx.db
    .select()
    .from(keys)
    .where(and(eq(keys.id, keyId), eq(keys.organizationId, organizationId)))
    .for('update');
  if (!key) throw new AppError('not_found', 'There is no such key.');
  return key;
}
