/** What a new price would have cost: the recorded calls, priced again. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  changePlanPrice,
  createPlan,
  importPriceList,
  previewPlanPrice,
  toGeneralPrice,
  type CreatePlanInput,
  type PlanWithPrice,
  type PriceInput,
  type PricePreview,
} from '../../app/domain/plans/index.ts';
import { usageEvents } from '../../db/schema/index.ts';
import { makeMember, type TestMember } from '../support/sellers.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { unique } from '../support/unique.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

let fixture: GatewayFixture;
let upstream: Upstream;
let seller: TestMember;
let service: AddedService;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => {
      response.statusCode = recorded.url.includes('fail') ? 500 : 200;
      response.end('x'.repeat(recorded.url.length * 7));
    });
  });
  seller = await makeMember(fixture.platform);
  service = await fixture.addService({
    baseUrl: upstream.url,
    slug: 'priced',
    organizationId: seller.organizationId,
  });
});
afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

type NewPlan = PriceInput;
const addPlan = (price: NewPlan): Promise<PlanWithPrice> =>
  createPlan(seller.ctx, { ...price, serviceId: service.id, name: unique('Plan') } as CreatePlanInput);

async function call(buyer: AddedBuyer, times: number, path = 'things'): Promise<void> {
  for (let i = 0; i < times; i++) {
    const answer = await fixture.call(`/proxy/v1/priced/${path}/${'y'.repeat(i)}`, buyer.key.secret);
    await answer.arrayBuffer();
  }
}

async function preview(plan: PlanWithPrice, price: PriceInput): Promise<PricePreview> {
  const outcome = await previewPlanPrice(seller.ctx, { ...price, planId: plan.id });
  if (outcome.status !== 'replayed') throw new Error('there was too much');
  return outcome.preview;
}

describe('replaying the price in effect', () => {
  it.each<[string, NewPlan]>([
    ['per call', { kind: 'per_call', callPrice: '0.000000003' }],
    [
      'bytes and time',
      {
        prices: [
          { meter: 'response_byte', price: '0.123456789' },
          { meter: 'millisecond', price: '0.000001' },
        ],
      },
    ],
    [
      'a quota, then tiers',
      {
        quotas: [{ meter: 'call', included: 3, overage: 'priced' }],
        prices: [
          { meter: 'call', price: '0.01' },
          { meter: 'call', price: '0.007', fromUnits: 2 },
          { meter: 'call', price: '0.002', fromUnits: 5 },
        ],
      },
    ],
    [
      'volume tiers of bytes',
      {
        tierMode: 'volume',
        prices: [
          { meter: 'response_byte', price: '1' },
          { meter: 'response_byte', price: '0.5', fromUnits: 300 },
        ],
      },
    ],
  ])('gives exactly what was charged: %s', async (_what, price) => {
    const plan = await addPlan(price);
    const buyers = await Promise.all(
      [1, 2].map(() => fixture.addBuyer({ id: plan.id, service }, { walletNanos: 10n ** 12n })),
    );
    await call(buyers[0]!, 8);
    await call(buyers[1]!, 5);
    await call(buyers[1]!, 2, 'fail');
    await fixture.waitForEvents(buyers[0]!.organizationId, 8);
    await fixture.waitForEvents(buyers[1]!.organizationId, 7);
    const { check, thenNanos, calls, buyers: counted } = await preview(plan, toGeneralPrice(plan.price));
    const events = await fixture.platform.db
      .select()
      .from(usageEvents)
      .where(eq(usageEvents.planId, plan.id));
    const charged = events.reduce((sum, { chargeNanos }) => sum + chargeNanos, 0n);
    expect(charged).toBeGreaterThan(0n);
    expect({ calls, counted }).toEqual({ calls: 15, counted: 2 });
    expect(thenNanos).toBe(charged);
    expect(check.calls).toBe(15);
    expect(check.replayedNanos - check.chargedNanos).toBe(0n);
  });
});

describe('replaying another price', () => {
  it('says who pays more and less, and who comes to the end of a quota', async () => {
    const plan = await addPlan({ kind: 'per_call', callPrice: '0.01' });
    const [many, few] = await Promise.all(
      [1, 2].map(() => fixture.addBuyer({ id: plan.id, service }, { walletNanos: 10n ** 12n })),
    );
    await call(many!, 6);
    await call(few!, 2);
    await fixture.waitForEvents(many!.organizationId, 6);
    await fixture.waitForEvents(few!.organizationId, 2);
    const dearer = await preview(plan, {
      quotas: [{ meter: 'call', included: 2, overage: 'priced' }],
      prices: [{ meter: 'call', price: '0.02' }],
    });
    expect(dearer).toMatchObject({
      thenNanos: 80_000_000n,
      nowNanos: 80_000_000n,
      paysMore: 1,
      paysLess: 1,
      stoppedBuyers: 0,
    });
    const stopping = await preview(plan, {
      quotas: [{ meter: 'call', included: 4, overage: 'hard_stop' }],
      fee: '5',
      interval: 'month',
    });
    expect(stopping).toMatchObject({ nowNanos: 0n, paysLess: 2, stoppedBuyers: 1, refusedCalls: 2 });
    const volume = await preview(plan, {
      tierMode: 'volume',
      prices: [
        { meter: 'call', price: '0.01' },
        { meter: 'call', price: '0.001', fromUnits: 3 },
      ],
    });
    // Six calls at the price of the tier reached, two at the first one's.
    expect(volume.nowNanos).toBe(6_000_000n + 20_000_000n);
  });

  it('leaves what was recorded as it was, also when the price is published', async () => {
    const plan = await addPlan({ kind: 'per_call', callPrice: '0.01' });
    const buyer = await fixture.addBuyer({ id: plan.id, service }, { walletNanos: 10n ** 12n });
    await call(buyer, 2);
    const before = await fixture.waitForEvents(buyer.organizationId, 2);
    await preview(plan, { kind: 'per_call', callPrice: '0.5' });
    await changePlanPrice(seller.ctx, { planId: plan.id, kind: 'per_call', callPrice: '0.5' });
    expect(await fixture.events(buyer.organizationId)).toEqual(before);
    const after = await preview(plan, { kind: 'per_call', callPrice: '0.5' });
    // Nothing was charged under the new version yet.
    expect(after).toMatchObject({ thenNanos: 20_000_000n, nowNanos: 1_000_000_000n, check: { calls: 0 } });
  });
});

describe('a price list', () => {
  it('becomes a new version: models are replaced, everything else stays', async () => {
    const llm = await fixture.addService({
      baseUrl: upstream.url,
      kind: 'llm',
      organizationId: seller.organizationId,
    });
    const plan = await createPlan(seller.ctx, {
      serviceId: llm.id,
      kind: 'per_token',
      name: 'Tokens',
      inputPrice: '1',
      outputPrice: '2',
      modelPrices: [{ model: 'old', inputPrice: '5', outputPrice: '6' }],
    });
    const list = JSON.stringify({
      small: {
        input_cost_per_token: 1.5e-7,
        output_cost_per_token: 6e-7,
        cache_read_input_token_cost: 7.5e-8,
      },
      large: { input_cost_per_token: 2.5e-6, output_cost_per_token: 1e-5 },
    });
    const changed = await importPriceList(seller.ctx, {
      planId: plan.id,
      list,
      models: ['small'],
      markupPercent: '20',
    });
    expect(changed.price.version).toBe(2);
    expect(
      changed.price.components.map(({ meter, model, nanosPerMillion }) => [meter, model, nanosPerMillion]),
    ).toEqual([
      ['cached_input_token', 'small', 90_000_000n],
      ['input_token', '*', 1_000_000_000n],
      ['input_token', 'small', 180_000_000n],
      ['output_token', '*', 2_000_000_000n],
      ['output_token', 'small', 720_000_000n],
    ]);
  });
});
