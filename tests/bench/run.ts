/**
 * `npm run bench`: what the gateway costs, as ratios inside one run (docs/performance.md). All paths lead to one
 * upstream on one machine and take turns, round after round, so that a noisy machine is noisy for all of
 * them; tables show each one's median round.
 * BENCH_ROUNDS, BENCH_SECONDS; BENCH_ONLY=rest,chat,open,streams,abandon runs some sections. Three run only when
 * named: `soak`, a million requests, to see whether memory grows; `scale`, the same calls before and after the
 * database is filled with a million keys and BENCH_EVENTS usage events (5 million); `pages`, those of the demo;
 * BENCH_PATHS=<regular expression> leaves out the paths whose names it does not match, but for the raw one;
 * BENCH_CPU_PROFILE=<folder> writes V8 profiles there.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../app/infra/embedded-postgres.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { startRedis } from '../support/redis.ts';
import { fillDatabase } from './fill.ts';
import type { LoadRequest, LoadResult } from './load.ts';
import { CHAT_SLUG, REST_SLUG, type Marketplace } from './marketplace.ts';
import { startDemoPages } from './pages.ts';
import type { ProcessUse } from './report-use.ts';

const CONNECTIONS = 64;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const ONLY = (process.env['BENCH_ONLY'] ?? 'rest,chat,open,streams,abandon').split(',');
const PATHS = new RegExp(process.env['BENCH_PATHS'] ?? '');
const WARM_UP_SECONDS = 2;
const OPEN_RATE = 1_000;
const STREAM_SECONDS = 15;
/** All streams are open by then; what chunks of later suffer from the collection does not count (load.ts). */
const LIVE_AFTER_MS = 4_400;
const STREAM_COUNTS = [500, 1_000];
const ABANDONED = 10_000;
const PAGE_RATE = 20;
const PAGE_SECONDS = 10;
const SOAK_REQUESTS = 1_000_000;
const SOAK_SAMPLES = 10;
const SCALE_KEYS = 1_000_000;
const SCALE_EVENTS = Number(process.env['BENCH_EVENTS'] ?? 5_000_000);
const GUARDED_KEY = 'a-key-of-the-benchmark';
const RAW = 'raw Node + undici dispatch';

/** What is asked of every path of a section. */
type Shape = Pick<LoadRequest, 'method' | 'mode' | 'connections' | 'seconds' | 'rate'>;

interface Subject {
  name: string;
  port: number;
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Whose CPU time and memory count; null: not measured. */
  process: ChildProcess | null;
}
type Measured = LoadResult & { cpuMicros: number; rssMib: number; liveKib: number };

const children: ChildProcess[] = [];

function start(script: string, ...args: string[]): ChildProcess {
  const profile = process.env['BENCH_CPU_PROFILE'];
  const execArgv = profile
    ? [
        '--cpu-prof',
        `--cpu-prof-dir=${profile}`,
        `--cpu-prof-name=${script.slice(2)}${args.length}.cpuprofile`,
      ]
    : [];
  const child = fork(new URL(script, import.meta.url), args, {
    execArgv: ['--expose-gc', ...execArgv],
    stdio: ['ignore', 'ignore', script.includes('portkey') ? 'ignore' : 'inherit', 'ipc'],
  });
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

const portOf = (child: ChildProcess): Promise<number> =>
  reply<{ port: number }>(child).then(({ port }) => port);

async function measure(load: ChildProcess, subject: Subject, shape: Shape): Promise<Measured> {
  const ask = (what: 'use' | 'live'): Promise<ProcessUse | null> =>
    subject.process ? reply<ProcessUse>(subject.process, what) : Promise.resolve(null);
  const streams = shape.mode === 'streams';
  const before = await ask(streams ? 'live' : 'use');
  const { port, path, headers, body } = subject;
  const running = reply<LoadResult>(load, { port, path, headers, ...(body && { body }), ...shape });
  const midway = streams ? await wait(LIVE_AFTER_MS).then(() => ask('live')) : null;
  const result = await running;
  const after = await ask('use');
  const cpu = before && after ? after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system : 0;
  return {
    ...result,
    cpuMicros: cpu / Math.max(1, result.requests),
    rssMib: ((midway ?? after)?.rss ?? 0) / 1024 / 1024,
    liveKib: before && midway ? (midway.live - before.live) / 1024 / shape.connections : 0,
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Every subject once per round; the results by name. */
async function takeTurns(
  load: ChildProcess,
  all: Subject[],
  shape: Shape,
  rounds: number,
): Promise<Map<string, Measured[]>> {
  const subjects = all.filter(({ name }) => name === RAW || PATHS.test(name));
  const results = new Map<string, Measured[]>(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects)
    await measure(load, subject, {
      ...shape,
      mode: 'closed',
      connections: CONNECTIONS,
      seconds: WARM_UP_SECONDS,
    });
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) results.get(subject.name)!.push(await measure(load, subject, shape));
  }
  return results;
}

function printThroughput(title: string, results: Map<string, Measured[]>): void {
  const raw = results.get(RAW)!;
  const rate = (one: Measured): number => one.requests / one.seconds;
  console.log(title);
  console.table(
    [...results].map(([path, rounds]) => ({
      path,
      'requests/s': Math.round(median(rounds.map(rate))),
      // Paired: each round against the raw proxy's of the same round.
      'ratio to raw': median(rounds.map((one, i) => rate(one) / rate(raw[i]!))).toFixed(2),
      'p50 ms': median(rounds.map((one) => one.p50Ms)).toFixed(2),
      'p99 ms': median(rounds.map((one) => one.p99Ms)).toFixed(2),
      'CPU µs/request': Math.round(median(rounds.map((one) => one.cpuMicros))) || '',
      'CPU ratio': median(rounds.map((one, i) => one.cpuMicros / raw[i]!.cpuMicros)).toFixed(2),
      'RSS MiB': Math.round(Math.max(...rounds.map((one) => one.rssMib))) || '',
      failures: rounds.reduce((sum, one) => sum + one.failures, 0),
    })),
  );
}

function printOpenLoop(results: Map<string, Measured[]>): void {
  const raw = results.get(RAW)!;
  console.log(`Open loop, ${OPEN_RATE} requests/s; latency from the moment a request was due`);
  console.table(
    [...results].map(([path, rounds]) => ({
      path,
      'p50 ms': median(rounds.map((one) => one.p50Ms)).toFixed(2),
      'p99 ms': median(rounds.map((one) => one.p99Ms)).toFixed(2),
      'added p50 ms': median(rounds.map((one, i) => one.p50Ms - raw[i]!.p50Ms)).toFixed(2),
      'added p99 ms': median(rounds.map((one, i) => one.p99Ms - raw[i]!.p99Ms)).toFixed(2),
      failures: rounds.reduce((sum, one) => sum + one.failures, 0),
    })),
  );
}

function printStreams(count: number, results: Map<string, Measured[]>): void {
  console.log(`${count} open streams of 10 chunks/s: delay on the way from the upstream`);
  console.table(
    [...results].map(([path, [one]]) => ({
      path,
      'first byte p50 ms': one!.p50Ms.toFixed(2),
      'first byte p99 ms': one!.p99Ms.toFixed(2),
      'chunk p50 ms': one!.chunkP50Ms!.toFixed(2),
      'chunk p99 ms': one!.chunkP99Ms!.toFixed(2),
      'live KiB per stream': one!.liveKib.toFixed(1),
      'RSS MiB': Math.round(one!.rssMib) || '',
      failures: one!.failures,
    })),
  );
}

type Pace = 'whole' | 'streamed' | 'paced';

/** The upstream looks for the word in the prompt. */
const prompt = (pace: Pace): string => `${pace}: say something about tolls and gates. `.repeat(4);

const chatBody = (pace: Pace): string =>
  JSON.stringify({
    model: 'bench-model',
    messages: [
      { role: 'system', content: 'You are brief.' },
      { role: 'user', content: prompt(pace) },
    ],
    max_tokens: 200,
    ...(pace !== 'whole' && { stream: true }),
  });

/** The same request in Anthropic's words: our gateway converts it both ways. */
const messagesBody = (pace: Pace): string =>
  JSON.stringify({
    model: 'bench-model',
    system: 'You are brief.',
    messages: [{ role: 'user', content: prompt(pace) }],
    max_tokens: 200,
    ...(pace !== 'whole' && { stream: true }),
  });

interface Paths {
  databaseUrl: string;
  upstream: number;
  raw: ChildProcess;
  rawPort: number;
  fastify: ChildProcess;
  fastifyPort: number;
  /** The same with keys and limits. */
  guarded: ChildProcess;
  guardedPort: number;
  portkey: ChildProcess;
  portkeyPort: number;
  memory: ChildProcess & { keys: Marketplace; port: number };
  redis: ChildProcess & { keys: Marketplace; port: number };
}

function restSubjects(paths: Paths): Subject[] {
  const ours = (name: string, child: Paths['memory'], key: string): Subject => ({
    name,
    port: child.port,
    path: `/proxy/v1/${REST_SLUG}${child === paths.redis ? '-redis' : ''}/data`,
    headers: { authorization: `Bearer ${key}` },
    process: child,
  });
  return [
    { name: 'direct', port: paths.upstream, path: '/data', headers: {}, process: null },
    { name: RAW, port: paths.rawPort, path: '/data', headers: {}, process: paths.raw },
    {
      name: '@fastify/http-proxy',
      port: paths.fastifyPort,
      path: '/data',
      headers: {},
      process: paths.fastify,
    },
    {
      name: '@fastify/http-proxy, keys and limits',
      port: paths.guardedPort,
      path: '/data',
      headers: { authorization: `Bearer ${GUARDED_KEY}` },
      process: paths.guarded,
    },
    ours('Tollgate, free plan', paths.memory, paths.memory.keys.free),
    ours('Tollgate, paid per call', paths.memory, paths.memory.keys.paid),
    ours('Tollgate, free plan, Redis', paths.redis, paths.redis.keys.free),
    ours('Tollgate, paid per call, Redis', paths.redis, paths.redis.keys.paid),
  ];
}

function chatSubjects(paths: Paths, pace: Pace): Subject[] {
  const json = { 'content-type': 'application/json' };
  const body = chatBody(pace);
  const chat = '/v1/chat/completions';
  const { keys, port } = paths.memory;
  const ours = (name: string, key: string, path: string, content: string): Subject => ({
    name,
    port,
    path,
    headers: { ...json, authorization: `Bearer ${key}` },
    body: content,
    process: paths.memory,
  });
  return [
    { name: 'direct', port: paths.upstream, path: chat, headers: json, body, process: null },
    { name: RAW, port: paths.rawPort, path: chat, headers: json, body, process: paths.raw },
    {
      name: '@portkey-ai/gateway',
      port: paths.portkeyPort,
      path: chat,
      headers: {
        ...json,
        authorization: 'Bearer sk-bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${paths.upstream}/v1`,
      },
      body,
      process: paths.portkey,
    },
    ours('Tollgate, LLM, same dialect', keys.chatFree, `/llm/${CHAT_SLUG}/v1/chat/completions`, body),
    ours('Tollgate, LLM, converted', keys.chatFree, `/llm/${CHAT_SLUG}/v1/messages`, messagesBody(pace)),
    ...(pace !== 'paced'
      ? [ours('Tollgate, LLM, paid per token', keys.chatPaid, `/llm/${CHAT_SLUG}/v1/chat/completions`, body)]
      : []),
  ];
}

async function runSections(load: ChildProcess, paths: Paths): Promise<void> {
  const wanted = (section: string): boolean => ONLY.includes(section);
  const closed = { mode: 'closed', connections: CONNECTIONS, seconds: SECONDS } as const;
  if (wanted('rest'))
    printThroughput(
      'REST: GET, 1 KB of JSON',
      await takeTurns(load, restSubjects(paths), { ...closed, method: 'GET' }, ROUNDS),
    );
  if (wanted('chat')) {
    const post = { ...closed, method: 'POST' } as const;
    printThroughput(
      'LLM: a chat completion with usage',
      await takeTurns(load, chatSubjects(paths, 'whole'), post, ROUNDS),
    );
    printThroughput(
      'LLM: a streamed chat completion, 50 chunks',
      await takeTurns(load, chatSubjects(paths, 'streamed'), post, ROUNDS),
    );
  }
  if (wanted('open')) {
    const shape = {
      mode: 'open',
      connections: CONNECTIONS,
      seconds: SECONDS,
      rate: OPEN_RATE,
      method: 'GET',
    } as const;
    printOpenLoop(await takeTurns(load, restSubjects(paths), shape, ROUNDS));
  }
  if (wanted('streams')) {
    for (const connections of STREAM_COUNTS) {
      const results = new Map<string, Measured[]>();
      for (const subject of chatSubjects(paths, 'paced')) {
        const shape = { mode: 'streams', method: 'POST', connections, seconds: STREAM_SECONDS } as const;
        results.set(subject.name, [await measure(load, subject, shape)]);
      }
      printStreams(connections, results);
    }
  }
  if (wanted('abandon')) await abandon(load, paths);
  if (wanted('pages')) await openPages(load);
  if (wanted('soak')) await soak(load, paths);
  if (wanted('scale')) await scale(load, paths);
}

/** How many connections are left of streams whose callers have gone. */
async function abandon(load: ChildProcess, paths: Paths): Promise<void> {
  const rows: object[] = [];
  for (const subject of chatSubjects(paths, 'paced')) {
    if (subject.process !== paths.memory) continue;
    const before = await reply<ProcessUse>(paths.memory, 'live');
    const { name, port, path, headers, body } = subject;
    const shape = {
      mode: 'abandon',
      method: 'POST',
      connections: 250,
      seconds: 0,
      total: ABANDONED,
    } as const;
    const result = await reply<LoadResult>(load, { port, path, headers, ...(body && { body }), ...shape });
    await wait(1_000);
    const after = await reply<ProcessUse>(paths.memory, 'live');
    rows.push({
      path: name,
      abandoned: result.requests,
      'sockets before': before.sockets,
      'sockets after': after.sockets,
      'live MiB before': (before.live / 1024 / 1024).toFixed(1),
      'live MiB after': (after.live / 1024 / 1024).toFixed(1),
    });
  }
  console.log(`${ABANDONED} streams left in the middle`);
  console.table(rows);
}

/** How long a page takes to come, every one for itself, when it is asked for at a steady rate. */
async function openPages(load: ChildProcess): Promise<void> {
  const demo = await startDemoPages();
  try {
    const rows: object[] = [];
    for (const { path, headers } of demo.pages) {
      const subject = { name: path, port: demo.port, path, headers, process: null };
      const shape = { method: 'GET', mode: 'open', connections: 16, rate: PAGE_RATE } as const;
      await measure(load, subject, { ...shape, seconds: WARM_UP_SECONDS });
      const { p50Ms, p95Ms, p99Ms, failures } = await measure(load, subject, {
        ...shape,
        seconds: PAGE_SECONDS,
      });
      rows.push({
        page: path,
        'p50 ms': p50Ms.toFixed(1),
        'p95 ms': p95Ms.toFixed(1),
        'p99 ms': p99Ms.toFixed(1),
        failures,
      });
    }
    console.log(`Pages of the demo, ${PAGE_RATE} requests/s each`);
    console.table(rows);
  } finally {
    await demo.close();
  }
}

/** Live memory along a million requests. */
async function soak(load: ChildProcess, paths: Paths): Promise<void> {
  const subject = restSubjects(paths).find(({ process }) => process === paths.memory)!;
  const rows: object[] = [];
  let requests = 0;
  while (requests < SOAK_REQUESTS) {
    const sample = SOAK_REQUESTS / SOAK_SAMPLES;
    for (let done = 0; done < sample;) {
      const shape = { mode: 'closed', method: 'GET', connections: CONNECTIONS, seconds: 5 } as const;
      const measured = await measure(load, subject, shape);
      done += measured.requests;
      requests += measured.requests;
    }
    const { live, rss } = await reply<ProcessUse>(paths.memory, 'live');
    rows.push({
      requests,
      'live MiB': (live / 1024 / 1024).toFixed(1),
      'RSS MiB': Math.round(rss / 1024 / 1024),
    });
  }
  console.log('Memory over time, free plan');
  console.table(rows);
}

/** Whether a call costs more where there are many keys and much history. */
async function scale(load: ChildProcess, paths: Paths): Promise<void> {
  const subjects = restSubjects(paths).filter(
    ({ name, process }) => name === RAW || process === paths.memory,
  );
  const shape = { mode: 'closed', method: 'GET', connections: CONNECTIONS, seconds: SECONDS } as const;
  printThroughput('Small database', await takeTurns(load, subjects, shape, ROUNDS));
  await fillDatabase(paths.databaseUrl, { keys: SCALE_KEYS, events: SCALE_EVENTS });
  printThroughput(
    `${SCALE_KEYS} keys and ${SCALE_EVENTS} usage events`,
    await takeTurns(load, subjects, shape, ROUNDS),
  );
}

async function main(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-bench-postgres-'));
  chmodSync(dataDir, 0o755);
  const [postgres, redis] = await Promise.all([startEmbeddedPostgres({ dataDir }), startRedis()]);
  try {
    await migrateDatabase(postgres.url);
    const upstream = await reply<number>(start('./upstream.ts'));
    const upstreamUrl = `http://127.0.0.1:${upstream}`;
    const raw = start('./raw-proxy.ts', upstreamUrl);
    const fastify = start('./fastify-proxy.ts', upstreamUrl);
    const guarded = start('./fastify-proxy.ts', upstreamUrl, GUARDED_KEY);
    const portkey = start('./portkey-proxy.ts');
    const [rawPort, fastifyPort, guardedPort, portkeyPort] = await Promise.all([
      portOf(raw),
      portOf(fastify),
      portOf(guarded),
      portOf(portkey),
    ]);
    const startOurs = async (...args: string[]): Promise<Paths['memory']> => {
      const child = start('./tollgate-proxy.ts', postgres.url, upstreamUrl, ...args);
      const { port, ...keys } = await reply<Marketplace & { port: number }>(child);
      return Object.assign(child, { port, keys });
    };
    const memory = await startOurs('');
    const withRedis = await startOurs('-redis', redis.url);
    const load = start('./load.ts');
    console.log(
      `Node ${process.version}, ${availableParallelism()} cores, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s each\n`,
    );
    await runSections(load, {
      databaseUrl: postgres.url,
      ...{ upstream, raw, rawPort, fastify, fastifyPort, guarded, guardedPort, portkey, portkeyPort },
      ...{ memory, redis: withRedis },
    });
    for (const child of [memory, withRedis]) {
      const ended = once(child, 'exit');
      await reply(child, 'close');
      await ended;
    }
  } finally {
    for (const child of children) child.kill();
    await Promise.all([postgres.stop(), redis.close()]);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

await main();
