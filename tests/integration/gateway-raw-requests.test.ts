/** Requests as raw bytes (rows P5 and P9): two readers of them never disagree, and slow writers wait alone. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../app/infra/config.ts';
import { listen, type Listener } from '../../server.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let buyer: AddedBuyer;
let listener: Listener;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response) => {
    request.resume().once('end', () => response.end('answered'));
  });
  service = await fixture.addService({ baseUrl: upstream.url });
  buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  // The listener of the product, with its limits.
  listener = await listen(
    loadConfig({ NODE_ENV: 'test', PORT: '0', HOST: '127.0.0.1', DATA_DIR: fixture.platform.dataDir }),
  );
  listener.handle((request, response) => {
    if (!fixture.gateway.handle(request, response)) response.writeHead(404).end();
  });
});
afterAll(async () => {
  listener.server.closeAllConnections();
  await new Promise((resolve) => listener.server.close(resolve));
  await fixture.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.requests.length = 0;
});

const line = (method: string, path: string, version = '1.1'): string =>
  `${method} /proxy/v1/${service.slug}${path} HTTP/${version}\r\n`;
const common = (): string => `Host: x\r\nX-Api-Key: ${buyer.key.secret}\r\n`;
const dial = (): Socket =>
  connect(Number(new URL(listener.url).port), '127.0.0.1').on('error', () => undefined);

/** Everything that comes until the connection is closed, or nothing more for a moment. */
function exchange(bytes: string): Promise<{ answer: string; closed: boolean }> {
  return new Promise((resolve) => {
    const socket = dial();
    let answer = '';
    let idle: NodeJS.Timeout | undefined;
    const finish = (closed: boolean): void => {
      clearTimeout(idle);
      socket.destroy();
      resolve({ answer, closed });
    };
    const wait = (): void => {
      clearTimeout(idle);
      idle = setTimeout(finish, 400, false);
    };
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      wait();
    });
    socket.once('close', () => finish(true));
    socket.once('connect', wait);
    socket.write(bytes, 'latin1');
  });
}

/** What a request must never become: hidden in the body of another, or behind it. */
const hidden = (): string => `${line('GET', '/hidden')}${common()}\r\n`;
const chunked = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** Two lengths, or one that two readers could read differently: `H` is the hidden request. */
const AMBIGUOUS: Record<string, () => string> = {
  'CL and TE': () => `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden()}`,
  'TE and CL': () => `Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG${hidden()}`,
  'two different CL': () => `Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello${hidden()}`,
  'two equal CL': () => `Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello${hidden()}`,
  'a list of CL': () => `Content-Length: 5, 5\r\n\r\nhello${hidden()}`,
  'CL +5': () => `Content-Length: +5\r\n\r\nhello${hidden()}`,
  'CL -5': () => `Content-Length: -5\r\n\r\nhello${hidden()}`,
  'CL 0x5': () => `Content-Length: 0x5\r\n\r\nhello${hidden()}`,
  'CL 5 0': () => `Content-Length: 5 0\r\n\r\nhello${hidden()}`,
  'CL 5e0': () => `Content-Length: 5e0\r\n\r\nhello${hidden()}`,
  'an empty CL': () => `Content-Length: \r\n\r\nhello${hidden()}`,
  'a CL that overflows': () => `Content-Length: 18446744073709551621\r\n\r\nhello${hidden()}`,
  'CL with a space in front of the colon': () => `Content-Length : 5\r\n\r\nhello${hidden()}`,
  'TE with a space in front of the colon': () =>
    `Transfer-Encoding : chunked\r\n\r\n${chunked('x')}${hidden()}`,
  'TE xchunked': () => `Transfer-Encoding: xchunked\r\n\r\n${chunked(hidden())}`,
  'TE chunked, identity': () => `Transfer-Encoding: chunked, identity\r\n\r\n${chunked(hidden())}`,
  'TE chunked, then another TE': () =>
    `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${chunked(hidden())}`,
  'TE gzip': () => `Transfer-Encoding: gzip\r\n\r\n${hidden()}`,
  'TE behind a vertical tab': () => `Transfer-Encoding:\x0bchunked\r\n\r\n${chunked(hidden())}`,
  'TE folded onto the next line': () =>
    `Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n${chunked('x')}${hidden()}`,
  'TE in quotes': () => `Transfer-Encoding: "chunked"\r\n\r\n${chunked(hidden())}`,
  'TE with a NUL': () => `Transfer-Encoding: chun\0ked\r\n\r\n${chunked(hidden())}`,
  'TE and CL in another case': () =>
    `tRANSFER-eNCODING: CHUNKED\r\ncONTENT-lENGTH: 3\r\n\r\n${chunked('x')}${hidden()}`,
  'a name with a NUL': () => `X\0Y: 1\r\nContent-Length: 0\r\n\r\n${hidden()}`,
  'a name with a space': () => `Content Length: 5\r\nContent-Length: 0\r\n\r\n${hidden()}`,
  'a line without a colon': () => `Content-Length\r\n\r\nhello${hidden()}`,
  'a bare LF between fields': () => `X-One: 1\nContent-Length: 5\r\n\r\nhello${hidden()}`,
  'a bare CR in a value': () => `X-One: 1\rContent-Length: 5\r\n\r\n${hidden()}`,
  'a field that begins with a space': () => ` Content-Length: 5\r\n\r\nhello${hidden()}`,
  'a chunk size with a sign': () => `Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n${hidden()}`,
  'a chunk size with a minus': () => `Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n${hidden()}`,
  'a chunk size 0x1': () => `Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n${hidden()}`,
  'a chunk size that overflows': () =>
    `Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\nx\r\n0\r\n\r\n${hidden()}`,
  'a chunk size that ends with LF': () => `Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n${hidden()}`,
  'a chunk extension that ends with LF': () =>
    `Transfer-Encoding: chunked\r\n\r\n1;a\nx\r\n0\r\n\r\n${hidden()}`,
  'a chunk extension with CR': () => `Transfer-Encoding: chunked\r\n\r\n1;a\rb\r\nx\r\n0\r\n\r\n${hidden()}`,
  'a chunk longer than its size': () => `Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n${hidden()}`,
  'a last chunk that ends with LF': () => `Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\n\n${hidden()}`,
};

describe('a request that two readers could read differently', () => {
  it.each(Object.keys(AMBIGUOUS))(
    '%s: is refused, the connection closed, and nothing hidden is done',
    async (name) => {
      const { answer, closed } = await exchange(`${line('POST', '/seen')}${common()}${AMBIGUOUS[name]!()}`);
      expect([name, answer.slice(0, 12), closed]).toEqual([name, 'HTTP/1.1 400', true]);
      expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(upstream.requests.map(({ url }) => url).filter((url) => url !== '/seen')).toEqual([]);
    },
  );

  it.each([
    ['a version that is none', () => `${line('GET', '/seen', '1.12')}${common()}\r\n`],
    ['HTTP/2 in words', () => `${line('GET', '/seen', '2.0')}${common()}\r\n`],
    ['a space behind the version', () => `GET /proxy/v1/${service.slug}/seen HTTP/1.1 \r\n${common()}\r\n`],
    [
      'a tab between method and target',
      () => `GET\t/proxy/v1/${service.slug}/seen HTTP/1.1\r\n${common()}\r\n`,
    ],
    ['a method in small letters', () => `get /proxy/v1/${service.slug}/seen HTTP/1.1\r\n${common()}\r\n`],
    ['no host', () => `${line('GET', '/seen')}X-Api-Key: ${buyer.key.secret}\r\n\r\n`],
    [
      'HTTP/1.0 in chunks',
      () => `${line('POST', '/seen', '1.0')}${common()}Transfer-Encoding: chunked\r\n\r\n${chunked('x')}`,
    ],
  ])('%s: reaches nobody', async (_name, request) => {
    const { answer } = await exchange(`${request()}${hidden()}`);
    expect(answer.slice(0, 12)).toBe('HTTP/1.1 400');
    expect(upstream.requests).toEqual([]);
  });

  it('a plain one passes, and the one behind it is answered as its own', async () => {
    const { answer } = await exchange(
      `${line('POST', '/seen')}${common()}Transfer-Encoding: chunked\r\n\r\n${chunked('x')}${hidden()}`,
    );
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    const seen = upstream.requests.map(({ url, body }) => `${url} ${body}`);
    expect(seen.sort()).toEqual(['/hidden ', '/seen x']);
    expect(
      upstream.requests.every(
        ({ headers }) =>
          headers['transfer-encoding'] === undefined || headers['content-length'] === undefined,
      ),
    ).toBe(true);
  });
});

describe('headers', () => {
  it('of more than 16 KB are refused', async () => {
    const { answer, closed } = await exchange(
      `${line('GET', '/seen')}${common()}X-Long: ${'x'.repeat(17_000)}\r\n\r\n`,
    );
    expect([answer.slice(0, 12), closed]).toEqual(['HTTP/1.1 431', true]);
    expect(upstream.requests).toEqual([]);
  });

  it('that drip in end with 408 within 15 s, while others are answered', { timeout: 30_000 }, async () => {
    const startedAt = performance.now();
    let gone = 0;
    let told = 0;
    const slow = Array.from({ length: 300 }, () => {
      const socket = dial();
      socket.write(`${line('GET', '/slow')}Host: x\r\n`);
      socket.once('data', (bytes: Buffer) => {
        if (bytes.toString('latin1').startsWith('HTTP/1.1 408')) told++;
      });
      socket.once('close', () => gone++);
      return socket;
    });
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('X-Drip: 1\r\n');
    }, 1_000);
    const times: number[] = [];
    while (gone < slow.length && performance.now() - startedAt < 20_000) {
      const askedAt = performance.now();
      const answer = await fetch(`${listener.url}/proxy/v1/${service.slug}/quick`, {
        headers: { 'x-api-key': buyer.key.secret },
      });
      expect([answer.status, await answer.text()]).toEqual([200, 'answered']);
      times.push(performance.now() - askedAt);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    clearInterval(drip);
    for (const socket of slow) socket.destroy();
    expect([gone, told]).toEqual([slow.length, slow.length]);
    expect(performance.now() - startedAt).toBeLessThan(16_000);
    times.sort((a, b) => a - b);
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(1_000);
    expect(upstream.requests.filter(({ url }) => url === '/slow')).toEqual([]);
  });
});
