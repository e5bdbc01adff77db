/**
 * Child process: a closed loop of keep-alive connections over plain sockets. It does as little as a
 * load generator can, so that what it measures is the server: requests are one prepared buffer,
 * answers are counted by their declared length.
 */
import { connect, type Socket } from 'node:net';

export interface LoadRequest {
  port: number;
  path: string;
  headers: Record<string, string>;
  connections: number;
  seconds: number;
}

export interface LoadResult {
  requests: number;
  failures: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /content-length: (\d+)/i;
const CHUNKED_END = Buffer.from('0\r\n\r\n');

function run(request: LoadRequest): Promise<LoadResult> {
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.from(`GET ${request.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`);
  const latencies: number[] = [];
  let failures = 0;
  let stop = false;
  const startedAt = performance.now();

  function loop(socket: Socket, done: () => void): void {
    let buffered: Buffer = Buffer.alloc(0);
    let sentAt = 0;
    const send = (): void => {
      sentAt = performance.now();
      socket.write(bytes);
    };
    const finish = (ok: boolean): void => {
      if (ok) latencies.push(performance.now() - sentAt);
      else failures++;
      buffered = Buffer.alloc(0);
      if (stop) {
        socket.destroy();
        done();
      } else {
        send();
      }
    };
    socket.on('data', (chunk: Buffer) => {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      const head = buffered.indexOf(HEAD_END);
      if (head === -1) return;
      const text = buffered.toString('latin1', 0, head);
      const length = LENGTH.exec(text);
      const complete = length
        ? buffered.length >= head + 4 + Number(length[1])
        : buffered.subarray(-CHUNKED_END.length).equals(CHUNKED_END);
      if (complete) finish(text.startsWith('HTTP/1.1 200'));
    });
    socket.on('error', () => failures++);
    socket.on('connect', send);
  }

  return new Promise((resolve) => {
    let open = request.connections;
    const done = (): void => {
      if (--open > 0) return;
      const seconds = (performance.now() - startedAt) / 1_000;
      latencies.sort((a, b) => a - b);
      const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
      resolve({ requests: latencies.length, failures, seconds, p50Ms: at(0.5), p99Ms: at(0.99) });
    };
    for (let i = 0; i < request.connections; i++) {
      loop(connect({ port: request.port, host: '127.0.0.1', noDelay: true }), done);
    }
    setTimeout(() => (stop = true), request.seconds * 1_000);
  });
}

process.on('message', (request: LoadRequest) => {
  void run(request).then((result) => process.send?.(result));
});
