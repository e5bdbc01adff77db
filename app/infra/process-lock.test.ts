import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireProcessLock, processIsAlive } from './process-lock.ts';

let dataDir: string;
let file: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tollgate-lock-'));
  file = join(dataDir, 'tollgate.pid');
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('process lock', () => {
  it('keeps a second program out and names the first', () => {
    const lock = acquireProcessLock(dataDir);
    expect(() => acquireProcessLock(dataDir)).toThrow(new RegExp(`in use by process ${process.pid}`));
    lock.release();
    acquireProcessLock(dataDir).release();
    expect(existsSync(file)).toBe(false);
  });

  it('makes the data directory when there is none', () => {
    const lock = acquireProcessLock(join(dataDir, 'deep/er'));
    expect(existsSync(join(dataDir, 'deep/er/tollgate.pid'))).toBe(true);
    lock.release();
  });

  it.each([
    ['of a process that is gone', () => `${deadPid()} 12345`],
    ['of a process id that was given out again', () => `${process.pid} 1`],
    ['that is empty', () => ''],
    ['that is garbage', () => 'not a pid'],
  ])('takes over a pid file %s', (_, content) => {
    writeFileSync(file, content());
    const lock = acquireProcessLock(dataDir);
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    lock.release();
  });

  it('does not take away the lock that somebody else took over', () => {
    const lock = acquireProcessLock(dataDir);
    writeFileSync(file, '1 1');
    lock.release();
    expect(readFileSync(file, 'utf8')).toBe('1 1');
  });

  it('is released twice without harm', () => {
    const lock = acquireProcessLock(dataDir);
    lock.release();
    expect(() => lock.release()).not.toThrow();
  });

  it('knows the living from the dead', async () => {
    expect(processIsAlive(process.pid)).toBe(true);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    expect(processIsAlive(child.pid!)).toBe(true);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(processIsAlive(child.pid!)).toBe(false);
  });
});
