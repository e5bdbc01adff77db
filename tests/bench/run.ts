/**
 * `npm run bench`: what the gateway costs, as ratios inside one run (docs: design/performance.md).
 * Direct, a raw Node pass-through, and ours on a free and on a paid plan take turns, round after round,
 * so that a noisy machine is noisy for all of them; the table shows each one's median round.
 * BENCH_ROUNDS, BENCH_SECONDS; BENCH_CPU_PROFILE=<folder> writes V8 profiles there.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../app/infra/embedded-postgres.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import { SLUG } from './marketplace.ts';

const CONNECTIONS = 64;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const WARM_UP_SECONDS = 2;
const BODY_PATH = '/data';

interface Subject {
  name: string;
  port: number;
  path: string;
  headers: Record<string, string>;
  /** Whose CPU time counts; null: not measured. */
  process: ChildProcess | null;
  results: Measured[];
}
type Measured = LoadResult & { cpuMicros: number; rssMib: number };

const children: ChildProcess[] = [];

function start(script: string, ...args: string[]): ChildProcess {
  const profile = process.env['BENCH_CPU_PROFILE'];
  const execArgv = profile
    ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${script.slice(2)}.cpuprofile`]
    : [];
  const child = fork(new URL(script, import.meta.url), args, { execArgv });
  children.push(child);
  return child;
}

function reply<T>(child: ChildProcess, message?: object | string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a benchmark process ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (value) => {
      child.off('exit', onExit);
      resolve(value as T);
    });
    if (message !== undefined) child.send(message);
  });
}

interface ProcessUse {
  cpu: NodeJS.CpuUsage;
  rss: number;
}

async function measure(load: ChildProcess, subject: Subject, seconds: number): Promise<Measured> {
  const before = subject.process && (await reply<ProcessUse>(subject.process, 'use'));
  const request: LoadRequest = { ...subject, connections: CONNECTIONS, seconds };
  const { port, path, headers, connections } = request;
  const result = await reply<LoadResult>(load, { port, path, headers, connections, seconds });
  const after = subject.process && (await reply<ProcessUse>(subject.process, 'use'));
  const cpu = before && after ? after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system : 0;
  return {
    ...result,
    cpuMicros: cpu / Math.max(1, result.requests),
    rssMib: (after?.rss ?? 0) / 1024 / 1024,
  };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function printTable(subjects: Subject[]): void {
  const rates = new Map(
    subjects.map(({ name, results }) => [name, median(results.map((one) => one.requests / one.seconds))]),
  );
  const rawResults = subjects.find(({ name }) => name === RAW)!.results;
  const rows = subjects.map(({ name, results }) => {
    // Paired: each round against the raw proxy's of the same round.
    const ratio = median(
      results.map(
        (one, i) => one.requests / one.seconds / (rawResults[i]!.requests / rawResults[i]!.seconds),
      ),
    );
    return {
      path: name,
      'requests/s': Math.round(rates.get(name)!),
      'ratio to raw': ratio.toFixed(2),
      'p50 ms': median(results.map((one) => one.p50Ms)).toFixed(2),
      'p99 ms': median(results.map((one) => one.p99Ms)).toFixed(2),
      'CPU µs/request': Math.round(median(results.map((one) => one.cpuMicros))) || '',
      'RSS MiB': Math.round(Math.max(...results.map((one) => one.rssMib))) || '',
      failures: results.reduce((sum, one) => sum + one.failures, 0),
    };
  });
  console.table(rows);
}

const RAW = 'raw Node + undici dispatch';

async function main(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-bench-postgres-'));
  chmodSync(dataDir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir });
  try {
    await migrateDatabase(postgres.url);
    const upstreamPort = await reply<number>(start('./upstream.ts'));
    const upstreamUrl = `http://127.0.0.1:${upstreamPort}`;
    const raw = start('./raw-proxy.ts', upstreamUrl);
    const { port: rawPort } = await reply<{ port: number }>(raw);
    const ours = start('./tollgate-proxy.ts', postgres.url, upstreamUrl);
    const { port, freeKey, paidKey } = await reply<{ port: number; freeKey: string; paidKey: string }>(ours);
    const load = start('./load.ts');
    const proxied = `/proxy/v1/${SLUG}${BODY_PATH}`;
    const subjects: Subject[] = [
      { name: 'direct', port: upstreamPort, path: BODY_PATH, headers: {}, process: null, results: [] },
      { name: RAW, port: rawPort, path: BODY_PATH, headers: {}, process: raw, results: [] },
      {
        name: 'Tollgate, free plan',
        port,
        path: proxied,
        headers: { authorization: `Bearer ${freeKey}` },
        process: ours,
        results: [],
      },
      {
        name: 'Tollgate, paid per call',
        port,
        path: proxied,
        headers: { authorization: `Bearer ${paidKey}` },
        process: ours,
        results: [],
      },
    ];
    console.log(
      `Node ${process.version}, ${availableParallelism()} cores, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s each\n`,
    );
    for (const subject of subjects) await measure(load, subject, WARM_UP_SECONDS);
    for (let round = 0; round < ROUNDS; round++) {
      for (const subject of subjects) subject.results.push(await measure(load, subject, SECONDS));
    }
    printTable(subjects);
    const closed = once(ours, 'exit');
    await reply(ours, 'close');
    await closed;
  } finally {
    for (const child of children) child.kill();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

await main();
