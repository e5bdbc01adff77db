/**
 * Usage events that the database could not take, on disk. Each write is a file of its own, complete and
 * synced before its name appears, and never changed afterwards; so any process may replay any file, at
 * any time and more than once: a request id settles once.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { UsageEventInput } from '../domain/metering/index.ts';
import type { Logger } from '../infra/logger.ts';
import { newId } from '../lib/ids.ts';
import { REFUSED_SUFFIX } from '../lib/usage-spool.ts';

const SUFFIX = '.jsonl';

export interface Spool {
  /** Files waiting that this process knows of. */
  readonly size: number;
  /** Durable once resolved. */
  write(events: readonly UsageEventInput[]): Promise<void>;
  /** Keeps events that the database refuses for what they are, for an operator to look at. */
  setAside(events: readonly UsageEventInput[]): Promise<void>;
  /** Hands every file, oldest first, to `settle` and deletes it afterwards. */
  replay(settle: (events: UsageEventInput[]) => Promise<void>): Promise<void>;
}

/** @param folder made on first use. */
export function createSpool(folder: string, logger: Pick<Logger, 'error'>): Spool {
  let size = 0;
  let hasLooked = false;

  /** @returns the file's name. */
  async function writeFile(events: readonly UsageEventInput[], suffix: string): Promise<string> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = join(folder, `${newId('request').slice(4)}${suffix}`);
    const file = await open(`${name}.partial`, 'wx', 0o600);
    try {
      await file.writeFile(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${name}.partial`, name);
    await syncFolder(folder);
    return basename(name);
  }

  /** What a former process has set aside is no less lost to the books than what this one does. */
  async function reportRefused(): Promise<void> {
    if (hasLooked) return;
    hasLooked = true;
    const files = await listFiles(folder, REFUSED_SUFFIX);
    if (files.length > 0) logger.error({ files }, 'usage events wait that the database has refused');
  }

  return {
    get size() {
      return size;
    },
    async write(events) {
      await writeFile(events, SUFFIX);
      size++;
    },
    async setAside(events) {
      const file = await writeFile(events, REFUSED_SUFFIX);
      logger.error({ file, events: events.length }, 'usage events were set aside: the database refuses them');
    },
    async replay(settle) {
      await reportRefused();
      const names = await listFiles(folder, SUFFIX);
      size = names.length;
      for (const name of names) {
        const path = join(folder, name);
        const lines = await readFile(path, 'utf8').catch(ignoreMissing);
        const events = (lines ?? '')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as UsageEventInput);
        if (events.length > 0) await settle(events);
        await rm(path, { force: true });
        size = Math.max(0, size - 1);
      }
    },
  };
}

async function listFiles(folder: string, suffix: string): Promise<string[]> {
  const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
  return names.filter((name) => name.endsWith(suffix)).sort();
}

/** Another process may have replayed it first. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot sync a folder; the file itself is safe.
    if (!['EINVAL', 'EPERM', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
