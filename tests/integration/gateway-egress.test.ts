/** Calls and WebSockets through the pool of outbound proxies that their upstream names. */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { egressPools, egressProxies } from '../../db/schema/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { startHttpProxy, startSocksProxy, type TestProxy } from '../support/proxies.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { until } from '../support/until.ts';
import { createGatewayFixture, type AddedService, type GatewayFixture } from './gateway-fixture.ts';

describe('gateway egress', () => {
  let fixture: GatewayFixture;
  let upstream: Upstream;
  let proxies: TestProxy[];
  beforeAll(async () => {
    fixture = await createGatewayFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    upstream = await startUpstream();
    proxies = [];
  });
  afterEach(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await upstream.close();
  });

  /** A service whose upstream is dialled through these nodes. */
  async function addServiceVia(nodes: TestProxy[]): Promise<AddedService> {
    const { db, keyring, egress } = fixture.platform;
    proxies.push(...nodes);
    const seller = await fixture.addService({ baseUrl: upstream.url });
    const { organizationId } = seller;
    const poolId = newId('egressPool');
    await db.insert(egressPools).values({ id: poolId, organizationId, name: 'Exit' });
    for (const node of nodes) {
      egress.allow(node.hostAndPort);
      const id = newId('egressProxy');
      await db.insert(egressProxies).values({
        ...{ id, organizationId, poolId, host: '127.0.0.1', port: node.port, username: 'me' },
        protocol: node.protocol,
        passwordEnvelope: keyring.seal('secret', `egress-proxy:${id}`),
      });
    }
    return fixture.addService({ baseUrl: upstream.url, organizationId, upstream: { egressPoolId: poolId } });
  }
  async function keyFor(service: AddedService): Promise<string> {
    return (await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }))).key.secret;
  }

  it.each([
    ['http', () => startHttpProxy()],
    ['socks5', () => startSocksProxy({ login: 'me:secret' })],
  ])('a call goes through the %s node of its upstream’s pool', async (_protocol, start) => {
    const proxy = await start();
    const service = await addServiceVia([proxy]);
    const key = await keyFor(service);
    const answer = await fixture.call(`/proxy/v1/${service.slug}/x`, key, { method: 'POST', body: 'hello' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ method: 'POST', url: '/x', body: 'hello' });
    expect(proxy.targets).toEqual([`127.0.0.1:${upstream.port}`]);
    expect(proxy.logins).toEqual(['me:secret']);
  });

  it('turns to a node that works, and takes the other out of the rotation', async () => {
    const [broken, working] = [await startHttpProxy(), await startHttpProxy()];
    broken.behaviour = 'refuse';
    const service = await addServiceVia([broken, working]);
    const key = await keyFor(service);
    await until('three refusals', async () => {
      await (
        await fixture.call(`/proxy/v1/${service.slug}/x`, key, { headers: { connection: 'close' } })
      ).text();
      return broken.targets.length >= 3;
    });
    for (let call = 0; call < 10; call++) {
      expect((await fixture.call(`/proxy/v1/${service.slug}/x`, key)).status).toBe(200);
    }
    expect(broken.targets).toHaveLength(3);
  });

  it('never dials directly when no node works', async () => {
    const proxy = await startHttpProxy();
    const service = await addServiceVia([proxy]);
    const key = await keyFor(service);
    await proxy.close();
    const statuses: number[] = [];
    for (let call = 0; call < 4; call++) {
      statuses.push((await fixture.call(`/proxy/v1/${service.slug}/x`, key)).status);
    }
    expect(statuses).toEqual([502, 502, 502, 503]);
    expect(upstream.requests).toHaveLength(0);
    const refused = await fixture.call(`/proxy/v1/${service.slug}/x`, key);
    expect(await refused.json()).toMatchObject({ error: { code: 'no_healthy_upstream' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
