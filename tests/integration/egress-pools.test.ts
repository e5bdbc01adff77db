/** Pools of outbound proxies: who may change them, what is stored, and what the gateway makes of them. */
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addEgressProxies,
  createEgressPool,
  deleteEgressPool,
  deleteEgressProxy,
  listEgressPools,
  renameEgressPool,
  updateEgressProxy,
} from '../../app/domain/egress/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { EgressRoutes } from '../../app/gateway/egress-routes.ts';
import { newId } from '../../app/lib/ids.ts';
import { egressProxies, organizations, services, upstreams, type MemberRole } from '../../db/schema/index.ts';
import { HOSTILE_HOSTS } from '../support/hostile-addresses.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

describe('egress pools', () => {
  let platform: TestPlatform;
  let routes: EgressRoutes;
  let seller: Context;
  beforeEach(async () => {
    platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:3128,127.0.0.1:3129' });
    routes = newRoutes();
    await routes.start();
    seller = await addSeller();
  });
  afterEach(async () => {
    await routes.close();
    await platform.close();
  });

  const newRoutes = (): EgressRoutes =>
    new EgressRoutes({ ...platform, sql: platform.database.sql, deadlineMs: 2_000 });
  const as = (organizationId: string, role: MemberRole): Context =>
    platform.createContext({
      type: 'user',
      userId: newId('user'),
      organizationId,
      role,
      isPlatformAdmin: false,
    });
  async function addSeller(): Promise<Context> {
    const id = newId('organization');
    await platform.db.insert(organizations).values({ id, slug: id.replace('_', '-'), name: id });
    return as(id, 'owner');
  }
  const organizationOf = (ctx: Context): string =>
    ctx.actor.type === 'user' ? ctx.actor.organizationId : '';

  it('adds a batch line by line, and names what it skips', async () => {
    const pool = await createEgressPool(seller, { name: 'Exit nodes' });
    const urls = [
      'http://me:hunter22@127.0.0.1:3128',
      '',
      'not a url',
      'socks5://127.0.0.1:3129',
      'http://me:other@127.0.0.1:3128',
      'http://10.0.0.1:3128',
      'socks5://2130706433:22',
      'http://169.254.169.254',
    ].join('\n');
    expect(await addEgressProxies(seller, { poolId: pool.id, urls, region: 'eu', weight: 3 })).toEqual({
      added: [1, 4],
      skipped: [
        { line: 3, reason: 'invalid' },
        { line: 5, reason: 'duplicate' },
        { line: 6, reason: 'blocked_target' },
        { line: 7, reason: 'blocked_target' },
        { line: 8, reason: 'blocked_target' },
      ],
    });
    const [listed] = await listEgressPools(seller);
    expect(listed).toMatchObject({ name: 'Exit nodes', organizationId: organizationOf(seller) });
    expect(listed!.proxies).toMatchObject([
      {
        protocol: 'http',
        host: '127.0.0.1',
        port: 3128,
        username: 'me',
        region: 'eu',
        weight: 3,
        health: 'unknown',
      },
      { protocol: 'socks5', host: '127.0.0.1', port: 3129, username: null, health: 'unknown' },
    ]);
    const stored = JSON.stringify([listed, await platform.db.select().from(egressProxies)]);
    expect(stored).not.toContain('hunter22');
  });

  it('adds no node at an address that may not be reached, however it is spelt', async () => {
    const pool = await createEgressPool(seller, { name: 'Hostile' });
    for (const protocol of ['http', 'socks5']) {
      const urls = HOSTILE_HOSTS.map((host) => `${protocol}://${host}:8080`);
      expect(urls.length).toBeGreaterThanOrEqual(80);
      const { added, skipped } = await addEgressProxies(seller, { poolId: pool.id, urls: urls.join('\n') });
      expect(added.map((line) => urls[line - 1])).toEqual([]);
      expect(skipped).toHaveLength(urls.length);
    }
    expect((await listEgressPools(seller))[0]!.proxies).toEqual([]);
  });

  it('belongs to one organization, and to its owners and administrators', async () => {
    const pool = await createEgressPool(seller, { name: 'Mine' });
    await addEgressProxies(seller, { poolId: pool.id, urls: 'http://127.0.0.1:3128' });
    const proxyId = (await listEgressPools(seller))[0]!.proxies[0]!.id;
    const stranger = await addSeller();
    expect(await listEgressPools(stranger)).toEqual([]);
    const attempts = (ctx: Context): Promise<unknown>[] => [
      renameEgressPool(ctx, { poolId: pool.id, name: 'x' }),
      addEgressProxies(ctx, { poolId: pool.id, urls: 'socks5://127.0.0.1:3129' }),
      updateEgressProxy(ctx, { proxyId, weight: 2 }),
      deleteEgressProxy(ctx, { proxyId }),
      deleteEgressPool(ctx, { poolId: pool.id }),
    ];
    const codes = async (ctx: Context): Promise<unknown[]> =>
      (await Promise.allSettled(attempts(ctx))).map((one) => one.status === 'rejected' && one.reason.code);
    expect(await codes(stranger)).toEqual(Array(5).fill('not_found'));
    expect(await codes(as(organizationOf(seller), 'member'))).toEqual(Array(5).fill('forbidden'));
    expect(await renameEgressPool(seller, { poolId: pool.id, name: 'Ours' })).toMatchObject({ name: 'Ours' });
    expect(await updateEgressProxy(seller, { proxyId, weight: 7, region: 'us' })).toMatchObject({
      weight: 7,
      region: 'us',
    });
    await deleteEgressProxy(seller, { proxyId });
    expect((await listEgressPools(seller))[0]!.proxies).toEqual([]);
  });

  it('is not deleted while an upstream dials through it', async () => {
    const organizationId = organizationOf(seller);
    const pool = await createEgressPool(seller, { name: 'Used' });
    const [serviceId, upstreamId] = [newId('service'), newId('upstream')];
    await platform.db
      .insert(services)
      .values({ id: serviceId, organizationId, slug: serviceId, name: 'x', kind: 'http' });
    await platform.db.insert(upstreams).values({
      ...{ id: upstreamId, organizationId, serviceId },
      baseUrl: 'https://api.example.com',
      egressPoolId: pool.id,
    });
    await expect(deleteEgressPool(seller, { poolId: pool.id })).rejects.toMatchObject({ code: 'conflict' });
    await platform.db.delete(upstreams).where(eq(upstreams.id, upstreamId));
    await deleteEgressPool(seller, { poolId: pool.id });
    expect(await listEgressPools(seller)).toEqual([]);
  });

  it('reaches the gateway with its passwords, and changes within a second', async () => {
    const pool = await createEgressPool(seller, { name: 'Live' });
    await expect(routes.choose(pool.id)).rejects.toMatchObject({ code: 'no_healthy_upstream' });
    await addEgressProxies(seller, { poolId: pool.id, urls: 'http://me:hunter22@127.0.0.1:3128' });
    const route = await until(
      'the node',
      async () =>
        Promise.resolve(pool.id)
          .then((id) => routes.choose(id))
          .catch(() => null),
      1_000,
    );
    expect(route).toMatchObject({ protocol: 'http', host: '127.0.0.1', port: 3128, trusted: false });
    expect(route.revealLogin()).toEqual({ username: 'me', password: 'hunter22' });
    const [proxy] = (await listEgressPools(seller))[0]!.proxies;
    await updateEgressProxy(seller, { proxyId: proxy!.id, status: 'disabled' });
    await until(
      'the pool to be empty',
      async () =>
        Promise.resolve(pool.id)
          .then((id) => routes.choose(id))
          .then(
            () => false,
            () => true,
          ),
      1_000,
    );
  });

  it('tells its owner and other processes which nodes are out', async () => {
    const pool = await createEgressPool(seller, { name: 'Failing' });
    await addEgressProxies(seller, { poolId: pool.id, urls: 'http://127.0.0.1:3128' });
    const route = await routes.choose(pool.id);
    route.health.connected(12.4);
    await routes.flush();
    expect((await listEgressPools(seller))[0]!.proxies[0]).toMatchObject({
      latencyMs: 12,
      health: 'working',
    });
    for (let failure = 0; failure < 3; failure++) route.health.failed();
    await routes.flush();
    expect((await listEgressPools(seller))[0]!.proxies[0]).toMatchObject({
      failures: 3,
      health: 'out',
      latencyMs: 12,
    });

    const other = newRoutes();
    await expect(other.choose(pool.id)).rejects.toMatchObject({ code: 'no_healthy_upstream' });
    const { id } = (await listEgressPools(seller))[0]!.proxies[0]!;
    await updateEgressProxy(seller, { proxyId: id, status: 'active' });
    await until('the node to be back', async () =>
      Promise.resolve(pool.id)
        .then((poolId) => routes.choose(poolId))
        .then(
          () => true,
          () => false,
        ),
    );
    expect(route.health.marks.failures).toBe(0);
    await other.close();
  });
});
