/** A seller's secret goes to the upstream it was stored for (rows K6 and P3), whatever a caller or an answer says. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const CANARY = 'sk-canary-7f3a9c51';
const MODEL = 'm1';

let fixture: GatewayFixture;
let stored: Upstream;
let elsewhere: Upstream;
let llm: AddedService;
let rest: AddedService;
let buyer: AddedBuyer;
let restBuyer: AddedBuyer;
let redirect: { status: number; location: string } | null = null;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  stored = await startUpstream((request, response) => {
    request.resume().once('end', () => {
      if (redirect) response.writeHead(redirect.status, { location: redirect.location }).end();
      else response.setHeader('content-type', 'application/json').end('{"choices":[],"usage":{}}');
    });
  });
  elsewhere = await startUpstream();
  const credential = { placement: 'bearer', secret: CANARY } as const;
  llm = await fixture.addService({
    ...{ baseUrl: `${stored.url}/base/v1`, kind: 'llm', credential },
    upstream: { dialect: 'openai-chat', models: [] },
  });
  rest = await fixture.addService({ baseUrl: `${stored.url}/base`, credential });
  // Another seller's, reachable and subscribed to: the secret of the first must not get there either.
  const other = await fixture.addService({ baseUrl: elsewhere.url });
  buyer = await fixture.addBuyer(await fixture.addPlan(llm, { kind: 'free' }));
  await fixture.subscribe(buyer.organizationId, await fixture.addPlan(other, { kind: 'free' }));
  restBuyer = await fixture.addBuyer(await fixture.addPlan(rest, { kind: 'free' }));
});
afterAll(async () => {
  await fixture.close();
  await stored.close();
  await elsewhere.close();
});
beforeEach(() => {
  redirect = null;
  stored.requests.length = 0;
  elsewhere.requests.length = 0;
});

interface Form {
  path?: string;
  headers?: Record<string, string>;
  body?: Record<string, unknown>;
}

/** Sends what `fetch` would not: any path as it is typed, any Host. */
function send({ path, headers = {}, body }: Form, { key }: AddedBuyer): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(fixture.url);
    const sent = httpRequest(
      {
        ...{ hostname, port, method: body ? 'POST' : 'GET', path: path ?? '/v1/chat/completions' },
        headers: { 'x-api-key': key.secret, 'content-type': 'application/json', ...headers },
      },
      (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)),
    );
    sent.once('error', reject).end(body && JSON.stringify(body));
  });
}

/** Ways in which callers of other gateways have named a host. */
function forms(url: string): Form[] {
  const host = new URL(url).host;
  const chat = { model: `${llm.slug}/${MODEL}`, messages: [{ role: 'user', content: 'hi' }] };
  const members = [
    'api_base',
    'base_url',
    'baseURL',
    'baseUrl',
    'api_url',
    'endpoint',
    'host',
    'url',
    'proxy',
    'azure_endpoint',
    'aws_bedrock_runtime_endpoint',
    'custom_llm_provider',
  ].map((name) => ({ body: { ...chat, [name]: url } }));
  const nested = [
    { extra_body: { api_base: url } },
    { litellm_params: { api_base: url } },
    { metadata: { api_base: url } },
    { user_config: { model_list: [{ litellm_params: { api_base: url } }] } },
    { provider: { base_url: url } },
    { provider: { order: [url] } },
    { provider: { only: [host] } },
    { models: [`${url}/${MODEL}`] },
    { fallbacks: [{ api_base: url }] },
    { model: `${url}/v1/${MODEL}` },
    { model: `${llm.slug}/../../../@${host}/x` },
  ].map((more) => ({ body: { ...chat, ...more } }));
  const headers = [
    'host',
    'x-forwarded-host',
    'x-host',
    'x-original-host',
    'x-original-url',
    'x-rewrite-url',
    'x-target-url',
    'x-tollgate-route',
    'x-portkey-custom-host',
    'helicone-target-url',
    'openai-base-url',
    'destination',
  ].map((name) => ({
    headers: { [name]: name.endsWith('host') || name === 'host' ? host : url },
    body: chat,
  }));
  const base = `/proxy/v1/${rest.slug}`;
  const paths = [
    `${base}//${host}/x`,
    `${base}/${url}/x`,
    `${base}/\\${host}/x`,
    `${base}/%2f%2f${host}/x`,
    `${base}@${host}/x`,
    `${base}/..//${host}/x`,
    `${base}/x?url=${url}&base_url=${url}`,
    `${base}/x#@${host}`,
    `${url}${base}/x`,
    `//${host}${base}/x`,
  ].map((path) => ({ path }));
  return [...members, ...nested, ...headers, ...paths];
}

describe('a host that a caller names', () => {
  it('is asked for nothing, in none of forty forms', async () => {
    const all = forms(elsewhere.url);
    expect(all.length).toBeGreaterThanOrEqual(40);
    for (const form of all) {
      const status = await send(form, form.path ? restBuyer : buyer);
      expect([JSON.stringify(form), elsewhere.requests.length]).toEqual([JSON.stringify(form), 0]);
      expect(status).toBeGreaterThanOrEqual(200);
    }
    // Most of these mean nothing to us and go where they belong, with the secret.
    expect(stored.requests.length).toBeGreaterThan(20);
    for (const { url, headers } of stored.requests) {
      expect([url.startsWith('/base/'), headers.host, headers.authorization]).toEqual([
        true,
        stored.hostAndPort,
        `Bearer ${CANARY}`,
      ]);
    }
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with %i is followed to nowhere', async (status) => {
    const internal = new URL(elsewhere.url).host;
    for (const location of [
      `http://${internal}/x`,
      `//${internal}/x`,
      'http://169.254.169.254/latest/meta-data/',
      'https://example.com/',
      `http://user:pass@${internal}/`,
      'file:///etc/passwd',
      '/base/inside',
    ]) {
      redirect = { status, location };
      for (const method of ['GET', 'POST']) {
        const answer = await fixture.call(`/proxy/v1/${rest.slug}/x`, restBuyer.key.secret, {
          ...{ method, redirect: 'manual' },
          ...(method === 'POST' && { body: 'x' }),
        });
        expect([location, answer.status]).toEqual([location, status]);
        expect(answer.headers.get('location')).toBe(
          location === '/base/inside' ? `/proxy/v1/${rest.slug}/inside` : null,
        );
      }
    }
    expect(elsewhere.requests).toEqual([]);
    expect(stored.requests).toHaveLength(14);
  });
});
