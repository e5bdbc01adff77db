import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const PRICE = 1_000_000_000n;
const PER_CALL = { call: PRICE * 1_000_000n };

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let free: AddedPlan;
let paid: AddedPlan;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream();
  service = await fixture.addService({
    baseUrl: `${upstream.url}/base`,
    slug: 'echo',
    credential: { placement: 'bearer', secret: 'seller-secret' },
  });
  free = await fixture.addPlan(service, { kind: 'free' });
  paid = await fixture.addPlan(service, { kind: 'per_call', prices: PER_CALL });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

describe('a call on a free plan', () => {
  it('reaches the upstream below its base path, with the seller’s credential and without the buyer’s', async () => {
    const buyer = await fixture.addBuyer(free);
    const answer = await fixture.call('/proxy/v1/echo/things/1?a=b%20c&a=d', buyer.key.secret, {
      method: 'POST',
      body: 'hello',
      headers: { cookie: 'session=1', 'x-custom-thing': 'kept', 'content-type': 'text/plain' },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ method: 'POST', url: '/base/things/1?a=b%20c&a=d', body: 'hello' });
    const seen = upstream.requests.at(-1)!.headers;
    expect(seen.authorization).toBe('Bearer seller-secret');
    expect(seen.cookie).toBeUndefined();
    expect(seen['x-custom-thing']).toBe('kept');
    expect(seen['x-request-id']).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('x-tollgate-service')).toBe('echo');
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({
      request_id: answer.headers.get('x-request-id'),
      status_code: 200,
      terminal_state: 'complete',
      fault: 'none',
      charge_nanos: '0',
      request_bytes: '5',
    });
  });

  it('is found by the service’s id and by the path without a version too', async () => {
    const buyer = await fixture.addBuyer(free);
    expect((await fixture.call(`/proxy/v1/${service.id}/x`, buyer.key.secret)).status).toBe(200);
    expect((await fixture.call('/proxy/echo/x', buyer.key.secret)).status).toBe(200);
  });
});

describe('a call on a plan per call', () => {
  it('is charged before its last byte, and the seller and the platform get their shares', async () => {
    const buyer = await fixture.addBuyer(paid, { walletNanos: 5n * PRICE });
    const answer = await fixture.call('/proxy/v1/echo/x', buyer.key.secret);
    await answer.text();
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: 4n * PRICE, held: 0n });
    expect(answer.headers.get('x-tollgate-cost')).toBe('1.00');
    const [event] = await fixture.events(buyer.organizationId);
    expect(event).toMatchObject({ charge_nanos: PRICE.toString(), fee_nanos: (PRICE / 10n).toString() });
    expect(await fixture.ledgerSum()).toBe(0n);
  });

  it('lets exactly 37 of 200 concurrent calls through on a wallet for 37', async () => {
    const buyer = await fixture.addBuyer(paid, { walletNanos: 37n * PRICE + PRICE / 2n });
    const before = upstream.requests.length;
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const answer = await fixture.call('/proxy/v1/echo/x', buyer.key.secret);
        await answer.text();
        return answer.status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(37);
    expect(statuses.filter((status) => status === 402)).toHaveLength(163);
    expect(upstream.requests.length - before).toBe(37);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: PRICE / 2n, held: 0n });
    expect(await fixture.events(buyer.organizationId)).toHaveLength(37);
    expect(await fixture.ledgerSum()).toBe(0n);
  });
});
