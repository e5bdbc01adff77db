/** Money of busy buyers is set aside ahead, by every process for itself; nobody may notice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import {
  holdByAllowance,
  holdCalls,
  holdWithAllowances,
  renewAllowances,
  settleCalls,
  type HoldAnswer,
  type HoldRequest,
  type UsageEventInput,
} from '../../app/domain/metering/index.ts';
import { grantPromotionalCredit } from '../../app/domain/promotions/index.ts';
import { getWallet, getWalletOf, listWallets, releaseExpiredHolds } from '../../app/domain/wallets/index.ts';
import { runHolds } from '../../app/gateway/hold-batches.ts';
import { newId } from '../../app/lib/ids.ts';
import { budgets } from '../../db/schema/index.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';
import { heldCallsOf, type HeldCalls } from './held-calls.ts';

const PRICE = 100n;
const perMillion = (nanos: bigint): bigint => nanos * 1_000_000n;

let one: GatewayFixture;
let other: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let plan: AddedPlan;
let calls: HeldCalls;

beforeAll(async () => {
  upstream = await startUpstream();
  const environment = { KEY_PEPPER: 'the same pepper in both processes, of course', DATABASE_POOL_SIZE: '8' };
  // Who is served is asked here, not how fast: a busy machine shall refuse nobody.
  const limits = { storageDeadlineMs: 20_000, settleDeadlineMs: 20_000 };
  one = await createGatewayFixture({ environment, limits });
  const platform = { databaseUrl: one.platform.databaseUrl };
  other = await createGatewayFixture({ environment, limits, platform });
  other.platform.egress.allow(upstream.hostAndPort);
  service = await one.addService({ baseUrl: upstream.url });
  plan = await one.addPlan(service, { kind: 'per_call', prices: { call: perMillion(PRICE) } });
  calls = heldCallsOf(service, plan);
});
afterAll(async () => {
  await other.close();
  await one.close();
  await upstream.close();
});

const metering = () => ({ sql: one.platform.database.sql });
const system = () => one.platform.createContext({ type: 'system', job: 'test' });
const buyerWith = (walletNanos: bigint): Promise<AddedBuyer> => one.addBuyer(plan, { walletNanos });
const only = ({ organizationId }: AddedBuyer, nanos: bigint) => new Map([[organizationId, nanos]]);

async function answerOf(answers: Promise<Map<string, HoldAnswer>>): Promise<HoldAnswer> {
  return [...(await answers).values()][0]!;
}

async function expectBooksInOrder(): Promise<void> {
  expect((await verifyLedger(system())).problems).toEqual([]);
}

interface Money {
  available: bigint;
  held: bigint;
  aside: bigint;
  holds: bigint;
}
/** Of a wallet of which nothing is held. */
const idleWith = (available: bigint): Money => ({ available, held: 0n, aside: 0n, holds: 0n });
/** At one moment; `held` is what the wallet says, `aside` and `holds` are what it consists of. */
async function moneyOf({ organizationId: id }: AddedBuyer): Promise<Money> {
  const [row] = await metering().sql<Record<keyof Money, string>[]>`
    select available_nanos::text as available, held_nanos::text as held,
      (select coalesce(sum(amount_nanos), 0)::text from allowances where organization_id = ${id}) as aside,
      (select coalesce(sum(amount_nanos), 0)::text from holds where organization_id = ${id}) as holds
    from wallets where organization_id = ${id}`;
  const { available, held, aside, holds } = row!;
  return { available: BigInt(available), held: BigInt(held), aside: BigInt(aside), holds: BigInt(holds) };
}
/** Changes with every write to the wallet's row, whatever is written. */
async function versionOf({ organizationId }: AddedBuyer): Promise<string> {
  const [row] = await metering()
    .sql`select xmin::text || ctid::text as version from wallets where organization_id = ${organizationId}`;
  return row!['version'] as string;
}
const grantPromo = ({ organizationId }: AddedBuyer, amountNanos: bigint) =>
  grantPromotionalCredit(system(), { organizationId, amountNanos, reason: 'Welcome' });

async function addHardBudget({ organizationId, key }: AddedBuyer, amountNanos: bigint): Promise<string> {
  const id = newId('budget');
  const whose = { id, organizationId, scope: 'key', subjectId: key.id } as const;
  await one.platform.db
    .insert(budgets)
    .values({ ...whose, period: 'month', amountNanos, enforcement: 'hard' });
  return id;
}

describe('what a process sets aside', () => {
  it('is exactly what it wants, more or less than before, and counts as held', async () => {
    const buyer = await buyerWith(100_000n);
    const idle = await buyerWith(100_000n);
    const id = newId('allowance');
    for (const wanted of [100n, 30n, 250n, 250n]) {
      const both = new Map([...only(buyer, wanted), ...only(idle, 0n)]);
      expect(await renewAllowances(metering(), id, both)).toEqual(only(buyer, wanted));
      const money = { available: 100_000n - wanted, held: wanted, aside: wanted, holds: 0n };
      expect(await moneyOf(buyer)).toEqual(money);
      await expectBooksInOrder();
    }
    await metering().sql`update allowances set amount_nanos = 249 where id = ${id}`;
    expect((await verifyLedger(system())).problems).toHaveLength(1);
    await metering().sql`update allowances set amount_nanos = 250 where id = ${id}`;
    const theirs = newId('allowance');
    expect(await renewAllowances(metering(), theirs, only(buyer, 70n))).toEqual(only(buyer, 70n));
    expect(await moneyOf(buyer)).toMatchObject({ available: 99_680n, held: 320n, aside: 320n });
    expect(await renewAllowances(metering(), id, only(buyer, 0n))).toEqual(new Map());
    expect(await moneyOf(buyer)).toMatchObject({ available: 99_930n, held: 70n, aside: 70n });
    expect(await moneyOf(idle)).toMatchObject({ available: 100_000n, held: 0n });
    await expectBooksInOrder();
  });

  it('is what people see as available', async () => {
    const buyer = await buyerWith(6_400n);
    await holdCalls(metering(), [calls.requestOf(buyer, 30n)]);
    for (const nanos of [60n, 40n]) await renewAllowances(metering(), newId('allowance'), only(buyer, nanos));
    expect(await moneyOf(buyer)).toMatchObject({ available: 6_270n, held: 130n });
    const { organizationId } = buyer;
    const seen = { availableNanos: 6_370n, heldNanos: 30n, spendableNanos: 6_370n };
    const person = { type: 'user', userId: newId('user'), organizationId, role: 'owner' } as const;
    const as = (isPlatformAdmin: boolean) => one.platform.createContext({ ...person, isPlatformAdmin });
    expect(await getWallet(as(false))).toMatchObject(seen);
    expect(await getWalletOf(as(true), { organizationId })).toMatchObject(seen);
    expect((await listWallets(as(true), { query: organizationId })).items).toMatchObject([seen]);
  });

  it('is nothing of a wallet that has less than 64 times as much', async () => {
    const buyer = await buyerWith(6_400n);
    const id = newId('allowance');
    expect(await renewAllowances(metering(), id, only(buyer, 101n))).toEqual(new Map());
    expect(await renewAllowances(metering(), id, only(buyer, 100n))).toEqual(only(buyer, 100n));
    expect(await renewAllowances(metering(), id, only(buyer, 200n))).toEqual(new Map());
    expect(await moneyOf(buyer)).toEqual(idleWith(6_400n));
  });

  it('is nothing while there is promotional credit, and what was goes back', async () => {
    const buyer = await buyerWith(100_000n);
    const id = newId('allowance');
    expect(await renewAllowances(metering(), id, only(buyer, 100n))).toEqual(only(buyer, 100n));
    await grantPromo(buyer, 1n);
    expect(await renewAllowances(metering(), id, only(buyer, 100n))).toEqual(new Map());
    expect(await moneyOf(buyer)).toMatchObject({ available: 100_000n, held: 0n, aside: 0n });
    await expectBooksInOrder();
  });

  it('is what it was where the wallet of one of the buyers is busy', async () => {
    const [buyer, busy] = [await buyerWith(6_400n), await buyerWith(6_400n)];
    const id = newId('allowance');
    await renewAllowances(metering(), id, only(buyer, 100n));
    await metering().sql.begin(async (tx) => {
      await tx`select 1 from wallets where organization_id = ${busy.organizationId} for update`;
      expect(
        await renewAllowances(metering(), id, new Map([...only(buyer, 50n), ...only(busy, 50n)])),
      ).toBeNull();
    });
    expect((await moneyOf(buyer)).aside).toBe(100n);
  });

  it('expires a minute after it was last renewed, and the sweeper gives it back', async () => {
    const buyer = await buyerWith(100_000n);
    const [dead, live] = [newId('allowance'), newId('allowance')];
    const expire = (id: string) =>
      metering().sql`update allowances set expires_at = now() - interval '1 second' where id = ${id}`;
    for (const id of [dead, live]) {
      await renewAllowances(metering(), id, only(buyer, 100n));
      await expire(id);
    }
    await renewAllowances(metering(), live, only(buyer, 100n));
    const [row] = await metering().sql`
      select extract(epoch from expires_at - now())::float8 as seconds from allowances where id = ${live}`;
    expect(row!['seconds']).toBeGreaterThan(50);
    expect(row!['seconds']).toBeLessThanOrEqual(60);
    await releaseExpiredHolds(system());
    expect(await moneyOf(buyer)).toMatchObject({ available: 99_900n, held: 100n, aside: 100n });
    const answers = await holdByAllowance(metering(), live, [calls.requestOf(buyer, 100n)]);
    expect(answers.size).toBe(1);
    await expectBooksInOrder();
  });
});

describe('calls held from what is set aside', () => {
  it('are held for all calls of a buyer or none, and touch no wallet', async () => {
    const buyers = await Promise.all([100_000n, 100_000n, 100_000n].map(buyerWith));
    const [rich, short, without] = buyers as [AddedBuyer, AddedBuyer, AddedBuyer];
    const id = newId('allowance');
    await renewAllowances(metering(), id, new Map([...only(rich, 100n), ...only(short, 100n)]));
    await renewAllowances(metering(), newId('allowance'), only(without, 100n));
    const before = await Promise.all(buyers.map(versionOf));
    const good = [calls.requestOf(rich, 60n), calls.requestOf(rich, 40n)];
    const bad = [calls.requestOf(short, 60n), calls.requestOf(without, 1n), calls.requestOf(short, 41n)];
    const mixed = [bad[0]!, good[0]!, bad[1]!, good[1]!, bad[2]!];
    const answers = await holdByAllowance(metering(), id, mixed);
    expect([...answers.keys()].sort()).toEqual(good.map(({ requestId }) => requestId).sort());
    for (const { requestId, amountNanos: grantedNanos } of good)
      expect(answers.get(requestId)).toMatchObject({ refusal: null, grantedNanos, isEarly: false });
    expect(await Promise.all(buyers.map(versionOf))).toEqual(before);
    expect(await moneyOf(rich)).toEqual({ available: 99_900n, held: 100n, aside: 0n, holds: 100n });
    expect(await moneyOf(short)).toEqual({ available: 99_900n, held: 100n, aside: 100n, holds: 0n });
    await expectBooksInOrder();
    expect((await holdByAllowance(metering(), id, [calls.requestOf(rich, 1n)])).size).toBe(0);

    const events = [calls.eventOf(good[0]!, 60n), calls.eventOf(good[1]!, 15n)];
    expect(await settleCalls(metering(), events)).toMatchObject({ recorded: 2 });
    expect(await moneyOf(rich)).toEqual(idleWith(99_925n));
    const rows = await one.events(rich.organizationId);
    expect(rows.map((row) => row.charge_nanos).sort()).toEqual(['15', '60']);
    await expectBooksInOrder();
  });

  it('are refused early where the rest is set aside, and served with all of it back', async () => {
    const buyer = await buyerWith(6_400n);
    const bystander = await buyerWith(6_400n);
    const ids = [newId('allowance'), newId('allowance')];
    for (const id of ids) await renewAllowances(metering(), id, only(buyer, 50n));
    await renewAllowances(metering(), ids[0]!, only(bystander, 50n));
    const early = { refusal: 'insufficient_balance', isEarly: true };
    expect(await answerOf(holdCalls(metering(), [calls.requestOf(buyer, 6_301n)]))).toMatchObject(early);
    const all = await answerOf(holdWithAllowances(metering(), [calls.requestOf(buyer, 6_400n)]));
    expect(all).toMatchObject({ refusal: null, grantedNanos: 6_400n });
    expect(await moneyOf(buyer)).toEqual({ available: 0n, held: 6_400n, aside: 0n, holds: 6_400n });
    expect(await moneyOf(bystander)).toMatchObject({ available: 6_350n, aside: 50n });
    const late = { refusal: 'insufficient_balance', isEarly: false };
    expect(await answerOf(holdCalls(metering(), [calls.requestOf(buyer, 1n)]))).toMatchObject(late);
    expect(await answerOf(holdWithAllowances(metering(), [calls.requestOf(buyer, 1n)]))).toMatchObject(late);
    await expectBooksInOrder();
  });

  it('are refused for good where all that was set aside is used, or a budget is in the way', async () => {
    const used = await buyerWith(6_400n);
    const id = newId('allowance');
    await renewAllowances(metering(), id, only(used, 50n));
    await holdByAllowance(metering(), id, [calls.requestOf(used, 50n)]);
    const late = { refusal: 'insufficient_balance', isEarly: false };
    expect(await answerOf(holdCalls(metering(), [calls.requestOf(used, 6_351n)]))).toMatchObject(late);

    const bound = await buyerWith(6_400n);
    await renewAllowances(metering(), id, only(bound, 50n));
    const request = calls.requestOf(bound, 20n);
    request.call.budgets = [await addHardBudget(bound, 10n)];
    const answer = await answerOf(holdCalls(metering(), [request]));
    expect(answer).toMatchObject({ refusal: 'budget_exceeded', isEarly: false });
    expect(await moneyOf(bound)).toMatchObject({ aside: 50n });
  });

  it('get what they need more from what others have set aside', async () => {
    const buyer = await buyerWith(6_400n);
    await renewAllowances(metering(), newId('allowance'), only(buyer, 100n));
    const running = calls.requestOf(buyer, 6_300n);
    await holdCalls(metering(), [running]);
    const hold = (request: HoldRequest) =>
      new Promise<HoldAnswer>((resolve, reject) => {
        const parts = { metering: metering(), logger: one.platform.logger, deadlineMs: 20_000 };
        const nothing = { releaseLate: () => undefined, settleFor: () => Promise.resolve() };
        void runHolds([{ request, resolve, reject }], { ...parts, ...nothing });
      });
    const answer = await hold({ ...running, mode: 'top_up', amountNanos: 90n });
    expect(answer).toMatchObject({ refusal: null, grantedNanos: 90n });
    await settleCalls(metering(), [calls.eventOf(running, 6_390n)]);
    expect(await moneyOf(buyer)).toEqual(idleWith(10n));
    await expectBooksInOrder();
  });
});

describe('a hold that the database has lost', () => {
  it('is charged by a second event, once, from credit, wallet and what is owed', async () => {
    const buyer = await buyerWith(50n);
    const { organizationId } = buyer;
    await grantPromo(buyer, 30n);
    await metering()
      .sql`update wallets set credit_limit_nanos = 10 where organization_id = ${organizationId}`;
    const lost = calls.requestOf(buyer, 200n);
    const event = calls.eventOf(lost, 100n);
    await Promise.all(Array.from({ length: 4 }, () => settleCalls(metering(), [event])));
    await settleCalls(metering(), [event]);
    await settleCalls(metering(), [event, event]);
    const rows = await one.events(organizationId);
    expect(rows).toHaveLength(2);
    const own = rows.find((row) => row.request_id === lost.requestId)!;
    const second = rows.find((row) => row !== own)!;
    expect(second.trace?.corrects).toBe(lost.requestId);
    expect(second.request_id.slice(0, -1)).toBe(lost.requestId.slice(0, -1));
    expect([own.charge_nanos, own.promo_nanos, own.credit_nanos]).toEqual(['0', '0', '0']);
    expect([second.charge_nanos, second.promo_nanos, second.credit_nanos]).toEqual(['100', '30', '20']);
    const [wallet] = await metering().sql`
      select promo_nanos::int as promo, promo_held_nanos::int as promo_held, available_nanos::int as available,
        held_nanos::int as held, credit_used_nanos::int as owed, credit_held_nanos::int as credit_held
      from wallets where organization_id = ${organizationId}`;
    const empty = { promo: 0, promo_held: 0, available: 0, held: 0, owed: 20, credit_held: 0 };
    expect({ ...wallet }).toEqual(empty);
    await expectBooksInOrder();
  });

  it('is told from one that was settled, also when that had too little', async () => {
    const buyer = await buyerWith(1_000n);
    const [capped, lost, free] = [
      calls.requestOf(buyer, 50n),
      calls.requestOf(buyer, 40n),
      calls.requestOf(buyer, 40n),
    ];
    await holdCalls(metering(), [capped]);
    const events = [calls.eventOf(capped, 80n), calls.eventOf(lost, 40n), calls.eventOf(free, 0n)];
    for (let time = 0; time < 3; time++) {
      await settleCalls(metering(), events);
      expect(await moneyOf(buyer)).toMatchObject({ available: 910n, held: 0n });
    }
    await settleCalls(metering(), [calls.eventOf(capped, 80n)]);
    const rows = await one.events(buyer.organizationId);
    expect(rows.map((row) => row.charge_nanos).sort()).toEqual(['0', '0', '40', '50']);
    await expectBooksInOrder();
  });
});

it('units of calls whose holds are lost are counted once, by their quota or beyond it', async () => {
  const counted = await one.addPlan(service, {
    kind: 'tiered',
    components: [{ meter: 'call', nanosPerMillion: perMillion(70n) }],
    quotas: [{ meter: 'call', includedUnits: 2, overage: 'priced' }],
  });
  const [version] = await metering().sql`select id from price_versions where plan_id = ${counted.id}`;
  const buyer = await one.addBuyer(counted, { walletNanos: 1_000n });
  const own = heldCallsOf(service, counted);
  for (let lost = 0; lost < 3; lost++) {
    const event: UsageEventInput = {
      ...own.eventOf(own.requestOf(buyer, 70n), 70n),
      price_version_id: version!['id'] as string,
      counted: { model: null, quantities: { call: 1 }, hold_nanos: '70' },
    };
    for (let time = 0; time < 3; time++) await settleCalls(metering(), [event]);
  }
  const [row] = await metering().sql`
    select used_units::integer as used, quota_units::integer as quota, charged_nanos::integer as charged
    from subscription_counters where subscription_id = ${buyer.subscriptionId}`;
  expect({ ...row }).toEqual({ used: 3, quota: 2, charged: 70 });
  expect(await moneyOf(buyer)).toMatchObject({ available: 930n, held: 0n });
  await expectBooksInOrder();
});

const below = (limit: number): number => Math.floor(Math.random() * limit);
const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;

it('all of it at once, in any order, loses nothing and never deadlocks', async () => {
  const FUNDS = 50_000n;
  // The poor one has now enough for what is wanted, now too little.
  const buyers = await Promise.all([FUNDS, FUNDS, FUNDS, 6_000n].map(buyerWith));
  const start = buyers.map((_, i) => (i < 3 ? FUNDS : 6_000n));
  const spent = buyers.map(() => 0n);
  const ids = [newId('allowance'), newId('allowance'), newId('allowance')];
  let open: HoldRequest[] = [];
  let fromAllowances = 0;
  const someCalls = () =>
    Array.from({ length: 1 + below(4) }, () => calls.requestOf(pick(buyers), BigInt(1 + below(20))));
  const keep = (requests: HoldRequest[], answers: Map<string, HoldAnswer>): void => {
    const held = requests.filter(({ requestId }) => answers.get(requestId)?.refusal === null);
    open = [...open, ...held];
  };
  const settle = async (requests: HoldRequest[]): Promise<void> => {
    const events = requests.map((request) => {
      const charge = (request.amountNanos * BigInt(below(101))) / 100n;
      const whose = buyers.findIndex(({ organizationId }) => organizationId === request.organizationId);
      spent[whose] = spent[whose]! + charge;
      return calls.eventOf(request, charge);
    });
    // Twice at once, the other way around: as after an answer that came too late.
    await Promise.all([settleCalls(metering(), events), settleCalls(metering(), events.toReversed())]);
  };
  const steps: (() => Promise<void>)[] = [
    async () => {
      const wanted = buyers.map(({ organizationId }) => [organizationId, BigInt(below(110))] as const);
      await renewAllowances(metering(), pick(ids), new Map(wanted.sort(() => Math.random() - 0.5)));
    },
    async () => {
      const requests = someCalls();
      const answers = await holdByAllowance(metering(), pick(ids), requests);
      fromAllowances += answers.size;
      keep(requests, answers);
    },
    async () => {
      const requests = someCalls();
      keep(requests, await holdWithAllowances(metering(), requests));
    },
    async () => {
      const requests = someCalls();
      keep(requests, await holdCalls(metering(), requests));
    },
    () => settle(open.splice(0, 1 + below(8))),
    // Nobody held for these: their holds are lost.
    () => settle(someCalls()),
    async () => void (await releaseExpiredHolds(system())),
    expectBooksInOrder,
  ];
  const weighed = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 5, 6, 7].map((i) => steps[i]!);
  for (let round = 0; round < 12; round++) {
    await Promise.all(Array.from({ length: 20 }, async () => sleep(below(8)).then(pick(weighed))));
    await expectBooksInOrder();
    for (const [i, buyer] of buyers.entries()) {
      const { available, held, aside, holds } = await moneyOf(buyer);
      const mine = open.filter(({ organizationId }) => organizationId === buyer.organizationId);
      expect(holds).toBe(mine.reduce((sum, { amountNanos }) => sum + amountNanos, 0n));
      expect([held, available + held]).toEqual([aside + holds, start[i]! - spent[i]!]);
    }
  }
  expect(fromAllowances).toBeGreaterThan(20);
  await settle(open);
  const none = new Map(buyers.map(({ organizationId }) => [organizationId, 0n]));
  for (const id of ids) expect(await renewAllowances(metering(), id, none)).toEqual(new Map());
  for (const [i, buyer] of buyers.entries())
    expect(await moneyOf(buyer)).toEqual(idleWith(start[i]! - spent[i]!));
  await expectBooksInOrder();
});

describe('allowances of many buyers', () => {
  it('are renewed, used, recalled and swept at the same time without a deadlock', async () => {
    const buyers = await Promise.all(Array.from({ length: 12 }, () => buyerWith(1_000_000_000_000n)));
    const wanted = new Map(buyers.map(({ organizationId }) => [organizationId, 1_000_000n]));
    // So many rows of a buyer that a plan need not find them in the order of buyers.
    for (let i = 0; i < 40; i++) await renewAllowances(metering(), newId('allowance'), wanted);
    await metering().sql`analyze allowances`;
    const process = newId('allowance');
    const some = (count: number): HoldRequest[] =>
      [...buyers]
        .sort(() => Math.random() - 0.5)
        .slice(0, count)
        .map((buyer) => calls.requestOf(buyer, 10n));
    const ends = Date.now() + 4_000;
    let held = 0;
    const again = async (act: () => Promise<unknown>, pauseMs: number): Promise<void> => {
      while (Date.now() < ends) {
        await act();
        await sleep(pauseMs);
      }
    };
    const hold = async (): Promise<void> => {
      held += (await holdByAllowance(metering(), process, some(2 + Math.floor(Math.random() * 10)))).size;
    };
    await Promise.all([
      again(() => renewAllowances(metering(), process, wanted), 0),
      again(hold, 0),
      again(hold, 0),
      again(() => holdWithAllowances(metering(), some(3)), 20),
      again(async () => {
        const [{ organizationId }] = some(1) as [HoldRequest];
        await metering().sql`
          update allowances set expires_at = now() - interval '1 second'
          where id = ${process} and organization_id = ${organizationId}`;
        await releaseExpiredHolds(system());
      }, 50),
    ]);
    expect(held).toBeGreaterThan(100);
    await expectBooksInOrder();
  });
});

describe('two gateways on one database', () => {
  const GATEWAYS = (): GatewayFixture[] => [one, other];

  async function ask({ key }: AddedBuyer, slug = service.slug, gateway = one): Promise<string> {
    const answer = await gateway.call(`/proxy/${slug}/x`, key.secret);
    const body = (await answer.json()) as { error?: { code: string } };
    return answer.status === 200 ? 'served' : `${answer.status} ${body.error?.code}`;
  }
  const wave = (buyer: AddedBuyer, size: number, slug?: string): Promise<string[]> =>
    Promise.all(Array.from({ length: size }, (_, i) => ask(buyer, slug, GATEWAYS()[i % 2])));

  /** Who has money set aside while `work` runs, and whether calls were held from it. */
  async function watch(buyers: AddedBuyer[], work: Promise<unknown>) {
    const ids = buyers.map(({ organizationId }) => organizationId);
    const seen = { organizations: new Set<string>(), processes: new Set<string>(), isUsed: false };
    const last = new Map<string, bigint>();
    let isOver = false;
    void work.catch(() => undefined).finally(() => (isOver = true));
    for (; !isOver; await sleep(10)) {
      const rows = await metering().sql<
        { organization: string; process: string; at: string; nanos: string }[]
      >`
        select organization_id as organization, id as process, expires_at::text as at, amount_nanos::text as nanos
        from allowances where organization_id in ${metering().sql(ids)}`;
      for (const { organization, process, at, nanos } of rows) {
        seen.organizations.add(organization);
        seen.processes.add(process);
        // Every renewal moves the time: less of the same one went into holds.
        const which = `${organization} ${process} ${at}`;
        if (BigInt(nanos) < (last.get(which) ?? 0n)) seen.isUsed = true;
        last.set(which, BigInt(nanos));
      }
    }
    await work;
    return seen;
  }

  it('serve exactly the 1,500 of 2,200 calls that a wallet pays for, and one dear call among them', async () => {
    const dear = 50_000n * PRICE;
    const dearService = await one.addService({ baseUrl: upstream.url });
    const dearPlan = await one.addPlan(dearService, { kind: 'per_call', prices: { call: perMillion(dear) } });
    const buyer = await buyerWith(dear + 1_500n * PRICE + 7n);
    await one.subscribe(buyer.organizationId, dearPlan);
    const counts = new Map<string, number>();
    const seen = await watch(
      [buyer],
      (async () => {
        for (let sent = 0; sent < 2_200; sent += 100) {
          // By now there is less beside it than what both have set aside.
          const dearCall = sent === 1_400 ? ask(buyer, dearService.slug, other) : 'served';
          for (const outcome of await wave(buyer, 100)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
          expect(await dearCall).toBe('served');
          if (sent % 500 === 0) await expectBooksInOrder();
        }
      })(),
    );
    expect(Object.fromEntries(counts)).toEqual({ served: 1_500, '402 insufficient_balance': 700 });
    expect([seen.processes.size, seen.isUsed]).toEqual([2, true]);
    await Promise.all(GATEWAYS().map(({ gateway }) => gateway.settled()));
    expect(await moneyOf(buyer)).toEqual(idleWith(7n));
    await expectBooksInOrder();
  });

  it('serve a call whose money another process has set aside, and none that has too little with it', async () => {
    const dearService = await one.addService({ baseUrl: upstream.url });
    const prices = { call: perMillion(6_390n) };
    const dearPlan = await one.addPlan(dearService, { kind: 'per_call', prices });
    const [enough, less] = [await buyerWith(6_400n), await buyerWith(6_389n)];
    for (const buyer of [enough, less]) {
      await one.subscribe(buyer.organizationId, dearPlan);
      const aside = await renewAllowances(metering(), newId('allowance'), only(buyer, 90n));
      expect(aside).toEqual(only(buyer, 90n));
    }
    expect(await ask(enough, dearService.slug)).toBe('served');
    expect(await ask(less, dearService.slug)).toBe('402 insufficient_balance');
    await one.gateway.settled();
    expect(await moneyOf(enough)).toEqual(idleWith(10n));
    expect(await moneyOf(less)).toEqual(idleWith(6_389n));
    await expectBooksInOrder();
  });

  it('set nothing aside for promotional credit, keys with budgets and counted prices', async () => {
    const counted = await one.addPlan(await one.addService({ baseUrl: upstream.url }), {
      kind: 'freemium',
      prices: { call: perMillion(PRICE) },
      quotas: [{ meter: 'call', includedUnits: 20, overage: 'priced' }],
    });
    const funds = 1_000_000n;
    const plain = await buyerWith(funds);
    const promo = await buyerWith(funds);
    await grantPromo(promo, 130n * PRICE);
    const bound = await buyerWith(funds);
    const budget = await addHardBudget(bound, 70n * PRICE);
    const quota = await one.addBuyer(counted, { walletNanos: funds });
    const outcomes: string[][] = [[], [], [], []];
    const seen = await watch(
      [plain, promo, bound, quota],
      (async () => {
        for (let waves = 0; waves < 6; waves++) {
          const next = await Promise.all([
            wave(plain, 20),
            wave(promo, 20),
            wave(bound, 20),
            wave(quota, 20, counted.service.slug),
            sleep(110),
          ]);
          outcomes.forEach((all, i) => all.push(...(next[i] as string[])));
        }
      })(),
    );
    expect([...seen.organizations]).toEqual([plain.organizationId]);
    expect(outcomes.map((all) => all.filter((outcome) => outcome === 'served').length)).toEqual([
      120, 120, 70, 120,
    ]);
    expect(new Set(outcomes[2])).toEqual(new Set(['served', '402 budget_exceeded']));
    // Without being told to: nobody calls any more.
    await until('it has gone back', async () => (await moneyOf(plain)).aside === 0n);
    await Promise.all(GATEWAYS().map(({ gateway }) => gateway.settled()));
    const left = await Promise.all([plain, promo, bound, quota].map(moneyOf));
    expect(left.map(({ available, held }) => [available, held])).toEqual([
      [funds - 120n * PRICE, 0n],
      [funds, 0n],
      [funds - 70n * PRICE, 0n],
      [funds - 100n * PRICE, 0n],
    ]);
    const [window] = await metering().sql`
      select spent_nanos::int as spent, held_nanos::int as held from budget_windows where budget_id = ${budget}`;
    expect({ ...window }).toEqual({ spent: Number(70n * PRICE), held: 0 });
    await expectBooksInOrder();
  });
});
