import { join } from 'node:path';

/** In front of it stands what the database refuses; an operator who has mended the cause renames the file to `.jsonl`. */
export const REFUSED_SUFFIX = '.refused';

/** Where usage events wait that the database could not take. */
export function spoolFolder(dataDir: string): string {
  return join(dataDir, 'spool');
}
