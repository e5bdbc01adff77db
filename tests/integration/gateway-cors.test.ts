/** Pages of origins that the operator has listed may call the gateway, and read all that an answer says. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

const LISTED = 'https://app.example';

let fixture: GatewayFixture;
let upstream: Upstream;
let buyer: AddedBuyer;
let path: string;

beforeAll(async () => {
  fixture = await createGatewayFixture({ environment: { CORS_ORIGINS: LISTED } });
  upstream = await startUpstream();
  const service = await fixture.addService({ baseUrl: upstream.url });
  buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  path = `/proxy/v1/${service.slug}/x`;
});
afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

it('answers and errors are readable whole, without cookies', async () => {
  for (const key of [buyer.key.secret, 'no-key']) {
    const { headers } = await fixture.call(path, key, { headers: { origin: LISTED } });
    expect(headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(headers.get('access-control-expose-headers')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  }
});

it('of other origins none are', async () => {
  const { headers } = await fixture.call(path, buyer.key.secret, {
    headers: { origin: 'https://evil.example' },
  });
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('access-control-expose-headers')).toBeNull();
});

it('a preflight is answered for listed origins alone, and reaches no upstream', async () => {
  const before = upstream.requests.length;
  const ask = (origin: string): Promise<Response> =>
    fetch(`${fixture.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, x-tollgate-route',
      },
    });
  const allowed = await ask(LISTED);
  expect([allowed.status, allowed.headers.get('access-control-allow-headers')]).toEqual([
    204,
    'authorization, x-tollgate-route',
  ]);
  expect((await ask('https://evil.example')).status).toBe(401);
  expect(upstream.requests.length).toBe(before);
});
