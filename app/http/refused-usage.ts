import { readdir } from 'node:fs/promises';
import { REFUSED_SUFFIX, spoolFolder } from '../lib/usage-spool.ts';
import type { Platform } from '../platform.ts';

/** Files of usage events that the database has refused and nobody has looked at, on this machine. */
export async function countRefusedUsage({ config }: Pick<Platform, 'config'>): Promise<number> {
  const names = await readdir(spoolFolder(config.dataDir)).catch(() => []);
  return names.filter((name) => name.endsWith(REFUSED_SUFFIX)).length;
}
