import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { noStoreByDefault } from './cache-control.ts';
import { securityHeaders, type SecurityHeadersOptions } from './security-headers.ts';

describe('securityHeaders', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

  async function get(options: SecurityHeadersOptions, path = '/') {
    const app = express();
    app.use(noStoreByDefault, securityHeaders(options));
    app.get(
      '/public',
      (_request, response) => void response.set('cache-control', 'public, max-age=60').send('x'),
    );
    app.get('/', (_request, response) => void response.send(String(response.locals['cspNonce'])));
    const server = createServer(app).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((done) => server.once('listening', done));
    return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  }

  it('allows scripts and styles by a nonce that is new in every answer', async () => {
    const options = { publicUrl: 'http://127.0.0.1:3000' };
    const [one, two] = [await get(options), await get(options)];
    const nonce = await one.text();
    const policy = one.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`);
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).not.toMatch(/(script|style)-src [^;]*unsafe/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("object-src 'none'");
    expect(await two.text()).not.toBe(nonce);
  });

  it('lets forms lead to Stripe, nowhere else', async () => {
    const response = await get({ publicUrl: 'http://127.0.0.1:3000' });
    expect(response.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://checkout.stripe.com https://billing.stripe.com;",
    );
  });

  it('asks for https ever after only where pages are served over https', async () => {
    expect(
      (await get({ publicUrl: 'http://a.example' })).headers.get('strict-transport-security'),
    ).toBeNull();
    const secure = await get({ publicUrl: 'https://a.example' });
    expect(secure.headers.get('strict-transport-security')).toBe('max-age=63072000');
  });

  it('forbids sniffing, framing and storing', async () => {
    const { headers } = await get({ publicUrl: 'https://a.example' });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('private, no-store');
  });

  it('keeps a cache policy that the answer sets itself', async () => {
    const { headers } = await get({ publicUrl: 'https://a.example' }, '/public');
    expect(headers.get('cache-control')).toBe('public, max-age=60');
  });
});
