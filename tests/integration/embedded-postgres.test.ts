import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../app/infra/embedded-postgres.ts';
import { processIsAlive } from '../../app/infra/process-lock.ts';
import { until } from '../support/until.ts';

const settings = { shared_buffers: '16MB' };
let dataDir: string;
let running: EmbeddedPostgres | null = null;

beforeEach(() => {
  // 0700, as `mktemp -d` makes folders: as root, the server's user may not enter it.
  dataDir = mkdtempSync(join(tmpdir(), 'tollgate-embedded-'));
});
afterEach(async () => {
  await running?.stop();
  running = null;
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  running = await startEmbeddedPostgres({ dataDir, settings });
  return running;
}

async function query(text: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(running!.url, { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end();
  }
}

const serverPid = (): number =>
  Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

describe('the embedded database', () => {
  it('keeps its data over a clean stop', async () => {
    await start();
    // Whoever commits waits while a new segment is filled with zeros; small ones make initdb keep less of the log.
    expect(await query('show wal_segment_size')).toEqual([{ wal_segment_size: '1MB' }]);
    expect(await query('show max_wal_size')).toEqual([{ max_wal_size: '1GB' }]);
    await query(`create table kept as select 'ünïcode 金鑰' as word`);
    const pid = serverPid();
    await running!.stop();
    expect(processIsAlive(pid)).toBe(false);
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
    await start();
    expect(await query('select word from kept')).toEqual([{ word: 'ünïcode 金鑰' }]);
  });

  it('keeps what was committed when the server dies of kill -9', async () => {
    await start();
    await query('create table kept (n int)');
    await query('insert into kept select generate_series(1, 1000)');
    const pid = serverPid();
    process.kill(pid, 'SIGKILL');
    await until('the server to be gone', () => !processIsAlive(pid));
    await start();
    expect(await query('select count(*)::int as n from kept')).toEqual([{ n: 1000 }]);
  });

  it('takes over from a server that our own death left running', async () => {
    await start();
    await query('create table kept (n int)');
    const abandoned = serverPid();
    await start();
    expect(processIsAlive(abandoned)).toBe(false);
    expect(serverPid()).not.toBe(abandoned);
    expect(await query('select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  });

  it('is not blocked by a pid file whose process id now belongs to another program', async () => {
    await start();
    await running!.stop();
    const file = join(dataDir, 'postgres/postmaster.pid');
    writeFileSync(file, `${process.pid}\n${join(dataDir, 'postgres')}\n1700000000\n5432\n\n127.0.0.1\n`);
    chmodSync(file, 0o600);
    await start();
    expect(await query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(processIsAlive(process.pid)).toBe(true);
  });

  it('begins again when the first start was cut off in the middle of making the cluster', async () => {
    await start();
    await running!.stop();
    rmSync(join(dataDir, 'postgres/global/pg_control'));
    await start();
    expect(await query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('listens on loopback only and asks for its password, which only its owner can read', async () => {
    await start();
    expect(await query('show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    const wrong = new URL(running!.url);
    wrong.password = 'guess';
    const sql = postgres(wrong.toString(), { max: 1 });
    await expect(sql`select 1`).rejects.toThrow(/password authentication failed/);
    await sql.end({ timeout: 1 });
  });

  it('writes to disk before it says committed', async () => {
    await start();
    expect(await query('show fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query('show synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  });
});
