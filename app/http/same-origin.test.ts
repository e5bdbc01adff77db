import express from 'express';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isSameOrigin, requireSameOrigin } from './same-origin.ts';

const base = {
  origin: undefined,
  secFetchSite: undefined,
  host: 'market.example',
  publicUrl: 'https://market.example',
  acceptOwnHost: false,
};

describe('isSameOrigin', () => {
  it.each([
    ['our origin', { origin: 'https://market.example' }],
    [
      'our origin, asserted by the browser',
      { origin: 'https://market.example', secFetchSite: 'same-origin' },
    ],
    ['no origin, but the browser says same-origin', { secFetchSite: 'same-origin' }],
    ['origin null, but the browser says same-origin', { origin: 'null', secFetchSite: 'same-origin' }],
    [
      'localhost for 127.0.0.1',
      { publicUrl: 'http://127.0.0.1:3000', host: 'localhost:3000', origin: 'http://localhost:3000' },
    ],
    [
      'the host asked for, when that is allowed',
      {
        publicUrl: 'http://127.0.0.1:3000',
        host: 'box:3000',
        origin: 'http://box:3000',
        acceptOwnHost: true,
      },
    ],
  ])('accepts %s', (_name, question) => {
    expect(isSameOrigin({ ...base, ...question })).toBe(true);
  });

  it.each([
    ['nothing', {}],
    ['another origin', { origin: 'https://evil.example' }],
    ['a subdomain', { origin: 'https://a.market.example', secFetchSite: 'same-site' }],
    ['another scheme', { origin: 'http://market.example' }],
    ['another port', { origin: 'https://market.example:8443' }],
    ['origin null', { origin: 'null' }],
    ['no origin, cross-site', { secFetchSite: 'cross-site' }],
    ['no origin, typed address', { secFetchSite: 'none' }],
    ['rubbish', { origin: 'market.example' }],
    ['a forged Host', { origin: 'https://evil.example', host: 'evil.example' }],
    [
      'a rebound name in front of a loopback server',
      { publicUrl: 'http://127.0.0.1:3000', host: 'evil.example:3000', origin: 'http://evil.example:3000' },
    ],
  ])('refuses %s', (_name, question) => {
    expect(isSameOrigin({ ...base, ...question })).toBe(false);
  });
});

/** `fetch` would resolve the dots before sending. */
function rawPostStatus(url: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const post = request(url, { method: 'POST', path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    post.on('error', reject).end();
  });
}

describe('requireSameOrigin', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

  async function start() {
    const app = express();
    app.use(requireSameOrigin(() => 'https://market.example'));
    app.use((_request, response) => void response.send('reached'));
    const server = createServer(app).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((done) => server.once('listening', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('stops a foreign post before anything runs, whatever the method and content type', async () => {
    const url = await start();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const type of [
        'application/x-www-form-urlencoded',
        'text/plain',
        'multipart/form-data; boundary=x',
      ]) {
        const headers = { origin: 'https://evil.example', 'content-type': type };
        const response = await fetch(`${url}/account`, { method, headers, body: 'a=b' });
        expect(response.status).toBe(403);
      }
    }
  });

  it('lets reads, our own forms and programs through', async () => {
    const url = await start();
    expect((await fetch(`${url}/account`)).status).toBe(200);
    const own = { origin: 'https://market.example' };
    expect((await fetch(`${url}/account`, { method: 'POST', headers: own })).status).toBe(200);
    for (const path of [
      '/api/v1/auth/login',
      '/webhooks/stripe',
      '/proxy/v1/demo/x',
      '/v1/chat/completions',
    ]) {
      expect((await fetch(url + path, { method: 'POST' })).status).toBe(200);
    }
  });

  it('does not take a path that only looks like a program door for one', async () => {
    const url = await start();
    expect((await fetch(`${url}/apiary`, { method: 'POST' })).status).toBe(403);
    expect((await fetch(`${url}//api/v1`, { method: 'POST' })).status).toBe(403);
    expect(await rawPostStatus(url, '/api/../account')).toBe(403);
    expect(await rawPostStatus(url, '/api/%2e%2e/account')).toBe(403);
  });
});
