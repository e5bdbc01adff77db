/** One program per data directory: a pid file that a crash cannot leave blocking. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessLock {
  release(): void;
}

/** Another program lives in this data directory. */
export class DataDirInUseError extends Error {
  constructor(dataDir: string, pid: string) {
    super(`${dataDir} is in use by process ${pid}. Stop it first, or set another DATA_DIR.`);
    this.name = 'DataDirInUseError';
  }
}

/** True when a process with this id exists, whoever owns it. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, ''));
  } catch {
    return true;
  }
}

/** When the process began, so that a pid that was given out again is not taken for the old one. */
function startTime(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Takes the lock.
 * @throws Error naming the process that holds it.
 */
export function acquireProcessLock(dataDir: string): ProcessLock {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'tollgate.pid');
  const mine = `${process.pid} ${startTime(process.pid)}`;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (;;) {
      try {
        // Appears with its content or not at all: nobody reads a half-written lock.
        linkSync(draft, file);
        return {
          release() {
            if (contentOf(file) === mine) rmSync(file, { force: true });
          },
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const [pid = '0', started = ''] = contentOf(file).split(' ');
      const alive = Number(pid) > 0 && processIsAlive(Number(pid)) && startTime(Number(pid)) === started;
      if (alive) throw new DataDirInUseError(dataDir, pid);
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

const RETRY_MS = 200;

/** Takes the lock as soon as whoever has it lets go. */
export async function waitForProcessLock(folder: string): Promise<ProcessLock> {
  for (;;) {
    try {
      return acquireProcessLock(folder);
    } catch (error) {
      if (!(error instanceof DataDirInUseError)) throw error;
      await sleep(RETRY_MS);
    }
  }
}
