import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { Context } from '../context.ts';
import { listKeys, type ListedKey } from './list-keys.ts';
import { keyIdSchema } from './schemas.ts';

/** One key of the acting organization. @throws AppError `not_found`, also for another organization's. */
export async function getKey(ctx: Context, input: { keyId: string }): Promise<ListedKey> {
  const { keyId } = parseInput(keyIdSchema, input);
  const [key] = await listKeys(ctx, { keyId });
  if (!key) throw new AppError('not_found', 'There is no such key.');
  return key;
}
