/** The whole web process as raw sockets see it: what stands in front of Remix and behind it. */
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limitBodyTime } from '../../app/http/body-deadline.ts';
import { startTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;

beforeAll(async () => {
  web = await startTestWeb();
}, 180_000);
afterAll(() => web?.close());

/** Sends bytes and resolves with everything that came until the server closed. */
function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });
}

const FORM = 'sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n';

describe('errors outside the pages', () => {
  it.each([
    ['an address with a broken escape', 400, 'GET /services/%E0%A4%A HTTP/1.1\r\nhost: x\r\n'],
    ['the same at the sandbox', 400, 'GET /stripe-sandbox/checkout/%E0%A4%A HTTP/1.1\r\nhost: x\r\n'],
    ['an id with a NUL', 400, 'GET /stripe-sandbox/checkout/a%00b HTTP/1.1\r\nhost: x\r\n'],
    ['a host that is none', 400, 'GET / HTTP/1.1\r\nhost: a b\r\n'],
    ['a method that no page has', 405, 'OPTIONS / HTTP/1.1\r\nhost: x\r\n'],
    [
      'a form that is too large',
      413,
      `POST /stripe-sandbox/checkout/cs_x HTTP/1.1\r\nhost: x\r\n${FORM}content-length: 10000\r\n`,
    ],
  ])('%s is answered with %i and without a stack', async (_name, status, head) => {
    const length = /content-length: (\d+)/.exec(head)?.[1] ?? 0;
    const answer = await exchange(web.url, `${head}connection: close\r\n\r\n${'a'.repeat(Number(length))}`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toMatch(/node_modules|node:internal|file:\/\/|\bat .+:\d+:\d+/);
    expect(answer).toMatch(/x-request-id: req_/i);
  });
});

describe('a body that does not arrive', () => {
  it('because the visitor left harms nobody', async () => {
    const { hostname, port } = new URL(web.url);
    await Promise.all(
      ['/login', '/api/v1/auth/login', '/stripe-sandbox/checkout/cs_x', '/webhooks/stripe'].map(
        (path) =>
          new Promise<void>((resolve) => {
            const socket = connect(Number(port), hostname, () => {
              socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${FORM}content-length: 100\r\n\r\nlogin=`);
              setTimeout(() => socket.resetAndDestroy(), 50);
            });
            socket.once('close', () => resolve());
          }),
      ),
    );
    expect((await fetch(`${web.url}/readyz`)).status).toBe(200);
  });

  it('is given up with 408, and the connection closed', async () => {
    const app = express();
    app.use(limitBodyTime(200));
    app.post('/', express.text(), (request, response) => void response.send(request.body));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\n';
    expect(await exchange(url, `${head}only this`)).toMatch(/^HTTP\/1\.1 408 /);
    const whole = await fetch(url, { method: 'POST', body: 'all of it' });
    expect(await whole.text()).toBe('all of it');
    server.close();
  });
});
