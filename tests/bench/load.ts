/**
 * Child process: loads one path over plain sockets. It does as little as a load generator can, so that
 * what it measures is the server: requests are one prepared buffer, answers are counted by their declared
 * length or their last chunk.
 */
import { connect, type Socket } from 'node:net';

export interface LoadRequest {
  port: number;
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
  seconds: number;
  /** `closed`: every connection sends again at once. `open`: a fixed rate, whatever the answers do. */
  mode: 'closed' | 'open' | 'streams' | 'abandon';
  connections: number;
  /** Requests per second, for `open`. */
  rate?: number;
  /** Streams to leave in the middle, for `abandon`. */
  total?: number;
}

export interface LoadResult {
  requests: number;
  failures: number;
  seconds: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** `streams`: how long a chunk was on its way. */
  chunkP50Ms?: number;
  chunkP99Ms?: number;
}

const EMPTY = Buffer.alloc(0);
const OK = Buffer.from('HTTP/1.1 200');
const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /content-length: (\d+)/i;
const CHUNKED_END = Buffer.from('0\r\n\r\n');
const STAMP = /@(\d+)@/g;
const SETTLE_MS = 3_000;
/** After this the processes' live memory is taken, which stops them; delays count until then. */
const STREAM_MEASURED_MS = 4_300;

function prepare({ method, path, headers, body = '' }: LoadRequest): Buffer {
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(method === 'POST' && { 'content-length': `${Buffer.byteLength(body)}` }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** One keep-alive connection that asks one thing at a time. */
class Connection {
  readonly socket: Socket;
  #buffered: Buffer = EMPTY;
  /** Of the last good answer, when it had a declared length: the next one is most likely alike. */
  #length = -1;
  #done: ((ok: boolean) => void) | null = null;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.socket.on('error', () => this.#finish(false));
    this.socket.on('close', () => this.#finish(false));
  }

  ask(bytes: Buffer, done: (ok: boolean) => void): void {
    this.#done = done;
    this.socket.write(bytes);
  }

  #onData(chunk: Buffer): void {
    if (
      this.#buffered.length === 0 &&
      chunk.length === this.#length &&
      chunk.subarray(0, OK.length).equals(OK)
    ) {
      this.#finish(true);
      return;
    }
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    const head = this.#buffered.indexOf(HEAD_END);
    if (head === -1) return;
    const text = this.#buffered.toString('latin1', 0, head);
    const length = LENGTH.exec(text);
    const complete = length
      ? this.#buffered.length >= head + 4 + Number(length[1])
      : this.#buffered.subarray(-CHUNKED_END.length).equals(CHUNKED_END);
    if (!complete) return;
    if (length) this.#length = this.#buffered.length;
    this.#finish(this.#buffered.subarray(0, OK.length).equals(OK));
  }

  #finish(ok: boolean): void {
    const done = this.#done;
    this.#done = null;
    this.#buffered = EMPTY;
    done?.(ok);
  }
}

interface Tally {
  latencies: number[];
  failures: number;
}

function resultOf({ latencies, failures }: Tally, seconds: number): LoadResult {
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    failures,
    seconds,
    p50Ms: share(latencies, 0.5),
    p95Ms: share(latencies, 0.95),
    p99Ms: share(latencies, 0.99),
  };
}

function share(sorted: number[], part: number): number {
  return sorted[Math.floor(sorted.length * part)] ?? 0;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function closedLoop(request: LoadRequest): Promise<LoadResult> {
  const bytes = prepare(request);
  const tally: Tally = { latencies: [], failures: 0 };
  const startedAt = performance.now();
  let stop = false;
  const loops = Array.from({ length: request.connections }, () => {
    const connection = new Connection(request.port);
    return new Promise<void>((resolve) => {
      const ask = (): void => {
        const sentAt = performance.now();
        connection.ask(bytes, (ok) => {
          if (ok) tally.latencies.push(performance.now() - sentAt);
          else tally.failures++;
          if (!stop && !connection.socket.destroyed) {
            ask();
            return;
          }
          connection.socket.destroy();
          resolve();
        });
      };
      connection.socket.on('connect', ask);
    });
  });
  setTimeout(() => (stop = true), request.seconds * 1_000);
  await Promise.all(loops);
  return resultOf(tally, (performance.now() - startedAt) / 1_000);
}

/** Latency counts from the moment a request was due, so that a stalled server cannot hide its queue. */
async function openLoop(request: LoadRequest): Promise<LoadResult> {
  const bytes = prepare(request);
  const tally: Tally = { latencies: [], failures: 0 };
  const idle = Array.from({ length: request.connections }, () => new Connection(request.port));
  await Promise.all(idle.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
  const all = [...idle];
  const due: number[] = [];
  const serve = (): void => {
    while (due.length > 0 && idle.length > 0) {
      const dueAt = due.shift()!;
      const connection = idle.pop()!;
      connection.ask(bytes, (ok) => {
        if (ok) tally.latencies.push(performance.now() - dueAt);
        else tally.failures++;
        idle.push(connection);
        serve();
      });
    }
  };
  const startedAt = performance.now();
  const total = request.rate! * request.seconds;
  let sent = 0;
  await new Promise<void>((resolve) => {
    const tick = (): void => {
      const now = performance.now() - startedAt;
      for (; sent < total && (sent * 1_000) / request.rate! <= now; sent++)
        due.push(startedAt + (sent * 1_000) / request.rate!);
      serve();
      if (sent < total) setTimeout(tick, 1);
      else resolve();
    };
    tick();
  });
  const deadline = performance.now() + SETTLE_MS;
  while (tally.latencies.length + tally.failures < total && performance.now() < deadline) await wait(10);
  tally.failures += total - tally.latencies.length - tally.failures;
  for (const { socket } of all) socket.destroy();
  return resultOf(tally, request.seconds);
}

/** Opens all streams, spread over a second, and reads each to its end. */
async function openStreams(request: LoadRequest): Promise<LoadResult> {
  const bytes = prepare(request);
  const tally: Tally = { latencies: [], failures: 0 };
  const delays: number[] = [];
  const startedAt = performance.now();
  const streams = Array.from({ length: request.connections }, async (_, i) => {
    await wait((i * 1_000) / request.connections);
    const socket = connect({ port: request.port, host: '127.0.0.1', noDelay: true });
    const sentAt = performance.now();
    socket.on('connect', () => socket.write(bytes));
    let first = true;
    let tail = '';
    let ok = false;
    socket.on('data', (chunk: Buffer) => {
      const now = process.hrtime.bigint();
      const text = tail + chunk.toString('latin1');
      const stamps = [...text.matchAll(STAMP)];
      for (const [, stamp] of stamps) {
        const delayMs = Number(now - BigInt(stamp!)) / 1e6;
        // The first chunk's delay is the path's share of the first byte.
        if (first) tally.latencies.push(delayMs);
        else if (performance.now() - startedAt < STREAM_MEASURED_MS) delays.push(delayMs);
        first = false;
      }
      const last = stamps.at(-1);
      tail = last ? text.slice(last.index + last[0].length).slice(-40) : text.slice(-40);
      if (text.includes('[DONE]') || text.includes('message_stop')) {
        ok = true;
        socket.end();
      }
    });
    await new Promise<void>((resolve) => {
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      setTimeout(() => socket.destroy(), request.seconds * 1_000 - (performance.now() - sentAt)).unref();
    });
    if (!ok) tally.failures++;
  });
  await Promise.all(streams);
  delays.sort((a, b) => a - b);
  return {
    ...resultOf(tally, (performance.now() - startedAt) / 1_000),
    chunkP50Ms: share(delays, 0.5),
    chunkP99Ms: share(delays, 0.99),
  };
}

/** Begins streams and leaves each after its first bytes, `connections` at a time. */
async function abandonStreams(request: LoadRequest): Promise<LoadResult> {
  const bytes = prepare(request);
  const tally: Tally = { latencies: [], failures: 0 };
  const startedAt = performance.now();
  let begun = 0;
  const leaveOne = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ port: request.port, host: '127.0.0.1', noDelay: true });
      const sentAt = performance.now();
      socket.on('connect', () => socket.write(bytes));
      socket.once('data', () => {
        tally.latencies.push(performance.now() - sentAt);
        socket.destroy();
      });
      socket.on('error', () => tally.failures++);
      socket.on('close', () => resolve());
    });
  const leaver = async (): Promise<void> => {
    while (begun++ < request.total!) await leaveOne();
  };
  await Promise.all(Array.from({ length: request.connections }, leaver));
  return resultOf(tally, (performance.now() - startedAt) / 1_000);
}

const MODES = { abandon: abandonStreams, closed: closedLoop, open: openLoop, streams: openStreams };

process.on('message', (request: LoadRequest) => {
  void MODES[request.mode](request).then((result) => process.send?.(result));
});
