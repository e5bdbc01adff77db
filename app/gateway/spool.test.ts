import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { UsageEventInput } from '../domain/metering/index.ts';
import { spoolFolder } from '../lib/usage-spool.ts';
import { createSpool, type Spool } from './spool.ts';

const EVENTS = [{ request_id: 'req_1' }, { request_id: 'req_2' }] as UsageEventInput[];

let dataDir: string;
let logged: unknown[][];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tollgate-spool-'));
  logged = [];
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const open = (): Spool =>
  createSpool(spoolFolder(dataDir), { error: (...said: unknown[]) => void logged.push(said) });

it('says what is set aside by the name of its file, and again at every start', async () => {
  await open().setAside(EVENTS);
  const [file] = readdirSync(spoolFolder(dataDir));
  expect(file).toMatch(/\.refused$/);
  expect(logged).toEqual([[{ file, events: 2 }, expect.any(String)]]);
  logged = [];
  const next = open();
  for (let again = 0; again < 2; again++) await next.replay(() => Promise.reject(new Error('not replayed')));
  expect(logged).toEqual([[{ files: [file] }, expect.any(String)]]);
});

it('replays what an operator has renamed', async () => {
  await open().setAside(EVENTS);
  const [file] = readdirSync(spoolFolder(dataDir)) as [string];
  renameSync(
    join(spoolFolder(dataDir), file),
    join(spoolFolder(dataDir), file.replace(/\.refused$/, '.jsonl')),
  );
  logged = [];
  const replayed: UsageEventInput[] = [];
  await open().replay((events) => Promise.resolve(void replayed.push(...events)));
  expect(replayed).toEqual(EVENTS);
  expect([readdirSync(spoolFolder(dataDir)), logged]).toEqual([[], []]);
});
