/** Revoked keys (row K4): refused within a second by every process that has them in memory. */
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../db/schema/index.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedKey, type GatewayFixture } from './gateway-fixture.ts';

const TRIALS = 200;
const AT_ONCE = 20;

let upstream: Upstream;
let first: GatewayFixture;
let second: GatewayFixture;
let organizationId: string;
let path: string;

beforeAll(async () => {
  upstream = await startUpstream();
  const environment = {
    KEY_PEPPER: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: `k1:${randomBytes(32).toString('base64')}`,
  };
  first = await createGatewayFixture({ environment });
  second = await createGatewayFixture({
    environment,
    platform: { databaseUrl: first.platform.databaseUrl },
  });
  const service = await first.addService({ baseUrl: upstream.url });
  second.platform.egress.allow(upstream.hostAndPort);
  ({ organizationId } = await first.addBuyer(await first.addPlan(service, { kind: 'free' })));
  path = `/proxy/v1/${service.slug}/x`;
});
afterAll(async () => {
  await second.close();
  await first.close();
  await upstream.close();
});

const statusOf = async (fixture: GatewayFixture, { secret }: AddedKey): Promise<number> =>
  (await fixture.call(path, secret)).status;

/** Milliseconds until both refuse. */
async function revoke(key: AddedKey): Promise<number> {
  await first.platform.db.update(keys).set({ status: 'revoked' }).where(eq(keys.id, key.id));
  const revokedAt = performance.now();
  for (;;) {
    const statuses = await Promise.all([statusOf(first, key), statusOf(second, key)]);
    if (statuses.every((status) => status === 401)) return performance.now() - revokedAt;
    if (performance.now() - revokedAt > 10_000) return Infinity;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a revoked key', () => {
  it(`is refused within a second by two processes, ${TRIALS} times`, { timeout: 60_000 }, async () => {
    const times: number[] = [];
    for (let trial = 0; trial < TRIALS; trial += AT_ONCE) {
      const some = await Promise.all(Array.from({ length: AT_ONCE }, () => first.addKey(organizationId)));
      const before = await Promise.all(some.flatMap((key) => [statusOf(first, key), statusOf(second, key)]));
      expect(new Set(before)).toEqual(new Set([200]));
      times.push(...(await Promise.all(some.map(revoke))));
    }
    expect(times).toHaveLength(TRIALS);
    expect(Math.max(...times)).toBeLessThan(1_000);
  });

  it(
    'is refused within five seconds by a process that no longer hears of changes',
    { timeout: 30_000 },
    async () => {
      const key = await first.addKey(organizationId);
      expect(await statusOf(second, key)).toBe(200);
      // Nobody is told: the trigger that tells is off while the row changes.
      const owner = postgres(first.platform.databaseUrl, { max: 1 });
      await owner.begin(async (tx) => {
        await tx`set local session_replication_role = replica`;
        await tx`update keys set status = 'revoked' where id = ${key.id}`;
      });
      await owner.end();
      const revokedAt = performance.now();
      let status = 200;
      while (status === 200 && performance.now() - revokedAt < 10_000) {
        status = await statusOf(second, key);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(status).toBe(401);
      expect(performance.now() - revokedAt).toBeLessThan(5_500);
    },
  );
});
