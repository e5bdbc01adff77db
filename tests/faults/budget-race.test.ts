/**
 * Two processes, one wallet: of two hundred calls at once exactly those are served that it pays for, with
 * Redis, without, and while Redis dies.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import { getWallet } from '../../app/domain/wallets/index.ts';
import {
  makeBuyer,
  makeSeller,
  makeService,
  makeSubscriptionWithKey,
  type MadeService,
} from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { findFreePort } from '../support/ports.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { startGateway } from './start-gateway.ts';

const AFFORDED = 37;
const CALLS = 200;
const ROUNDS = 4;

describe.each([
  ['without Redis', false],
  ['with Redis, which dies in the last round', true],
])('two gateway processes, %s', (_name, withRedis) => {
  let platform: TestPlatform;
  let upstream: Upstream;
  let redis: TestRedis | null = null;
  let made: MadeService;
  const gateways: ChildProcess[] = [];
  const ports: number[] = [];

  beforeAll(async () => {
    platform = await createTestPlatform();
    upstream = await startUpstream((_request, response) => {
      setTimeout(() => response.end('{}'), 5);
    });
    if (withRedis) redis = await startRedis();
    made = await makeService(await makeSeller(platform), {
      upstream,
      plans: [{ name: 'Per call', kind: 'per_call', callPrice: '0.001' }],
    });
    for (let i = 0; i < 2; i++) {
      const port = await findFreePort();
      ports.push(port);
      gateways.push(
        await startGateway({
          port,
          databaseUrl: platform.databaseUrl,
          dataDir: platform.dataDir,
          egressAllow: upstream.hostAndPort,
          ...(redis && { redisUrl: redis.url }),
        }),
      );
    }
  });
  afterAll(async () => {
    for (const gateway of gateways) {
      const gone = once(gateway, 'exit');
      gateway.kill('SIGTERM');
      await gone;
    }
    await upstream.close();
    await redis?.close();
    await platform.close();
  });

  it(`serve exactly ${AFFORDED} of ${CALLS} calls, in every round`, async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const buyer = await makeBuyer(platform, { balance: '0.0375' });
      const { secret } = await makeSubscriptionWithKey(buyer, made);
      const before = upstream.requests.length;
      const racing = Array.from({ length: CALLS }, async (_, i) => {
        const url = `http://127.0.0.1:${ports[i % 2]}/proxy/v1/${made.service.slug}/x`;
        const answer = await fetch(url, { headers: { authorization: `Bearer ${secret}` } });
        const body = (await answer.json()) as { error?: { code: string } };
        return answer.status === 200 ? 'served' : (body.error?.code ?? `${answer.status}`);
      });
      if (round === ROUNDS) await redis?.kill();
      const outcomes = Object.groupBy(await Promise.all(racing), (outcome) => outcome);
      expect(
        Object.fromEntries(Object.entries(outcomes).map(([outcome, all]) => [outcome, all!.length])),
        `round ${round}`,
      ).toEqual({ served: AFFORDED, insufficient_balance: CALLS - AFFORDED });
      expect(upstream.requests.length - before).toBe(AFFORDED);
      // Another process settles behind its answers.
      await until('all is settled', async () => (await getWallet(buyer.ctx)).heldNanos === 0n);
      expect(await getWallet(buyer.ctx)).toMatchObject({ availableNanos: 500_000n, heldNanos: 0n });
    }
    const system = platform.createContext({ type: 'system', job: 'test' });
    expect((await verifyLedger(system)).problems).toEqual([]);
  }, 120_000);
});
