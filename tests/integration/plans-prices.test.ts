import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  archivePlan,
  changePlanPrice,
  createPlan,
  createPlanInvitation,
  getPlanWithPrice,
  importPriceList,
  listPlanInvitations,
  listPlans,
  listPriceVersions,
  previewPlanPrice,
  toGeneralPrice,
  updatePlan,
  withdrawUpcomingPrices,
  type CreatePlanInput,
} from '../../app/domain/plans/index.ts';
import { createService, publishService } from '../../app/domain/services/index.ts';
import { isAppError, type AppError } from '../../app/lib/app-error.ts';
import { priceComponents, priceVersions } from '../../db/schema/index.ts';
import { createTestClock } from '../support/clock.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { anonymous, makeMember, type TestMember } from '../support/sellers.ts';

let platform: TestPlatform;
let seller: TestMember;
let stranger: TestMember;
let http: string;
let llm: string;

beforeAll(async () => {
  platform = await createTestPlatform({ EGRESS_ALLOW: '127.0.0.1:4010' });
  seller = await makeMember(platform);
  stranger = await makeMember(platform);
  http = (await createService(seller.ctx, { name: 'Http', baseUrl: 'http://127.0.0.1:4010' })).id;
  llm = (await createService(seller.ctx, { name: 'Llm', kind: 'llm', baseUrl: 'http://127.0.0.1:4010' })).id;
});
afterAll(() => platform.close());

/** No tier and no context-size step. */
const atOnce = { fromUnits: 0, fromContextTokens: 0 };

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error('nothing was refused', { cause: error });
  return error;
}

describe('a plan', () => {
  it('gets version 1 of an exact price', async () => {
    const free = await createPlan(seller.ctx, { serviceId: http, kind: 'free', name: 'Free' });
    expect(free).toMatchObject({ kind: 'free', position: 0, requestsPerMinute: null });
    expect(free.price).toMatchObject({ version: 1, recurringNanos: 0n, components: [] });

    const calls = await createPlan(seller.ctx, {
      serviceId: http,
      kind: 'per_call',
      name: 'Calls',
      callPrice: '0.000000001',
      requestsPerMinute: 60,
    });
    expect(calls).toMatchObject({ position: 1, requestsPerMinute: 60 });
    expect(calls.price.components).toEqual([
      { meter: 'call', model: '*', ...atOnce, nanosPerMillion: 1_000_000n },
    ]);

    const flat = await createPlan(seller.ctx, {
      serviceId: http,
      kind: 'flat',
      name: 'Monthly',
      monthlyFee: '19.99',
    });
    expect(flat.price).toMatchObject({ recurringNanos: 19_990_000_000n, recurringInterval: 'month' });

    const tokens = await createPlan(seller.ctx, {
      serviceId: llm,
      kind: 'per_token',
      name: 'Tokens',
      inputPrice: '0.0375',
      outputPrice: '0.15',
      modelPrices: [{ model: 'large', inputPrice: '2.5', outputPrice: '10' }],
    });
    expect(tokens.price.components).toEqual([
      { meter: 'input_token', model: '*', ...atOnce, nanosPerMillion: 37_500_000n },
      { meter: 'input_token', model: 'large', ...atOnce, nanosPerMillion: 2_500_000_000n },
      { meter: 'output_token', model: '*', ...atOnce, nanosPerMillion: 150_000_000n },
      { meter: 'output_token', model: 'large', ...atOnce, nanosPerMillion: 10_000_000_000n },
    ]);
  });

  it.each([
    [{ kind: 'flat', monthlyFee: '9.999' }, 'monthlyFee', 'too_many_decimals'],
    [{ kind: 'flat', monthlyFee: '0.49' }, 'monthlyFee', 'too_small'],
    [{ kind: 'flat', monthlyFee: '1000000' }, 'monthlyFee', 'too_big'],
    [{ kind: 'flat' }, 'monthlyFee', 'required'],
    [{ kind: 'per_call', callPrice: '0' }, 'callPrice', 'too_small'],
    [{ kind: 'per_call', callPrice: '-1' }, 'callPrice', 'too_small'],
    [{ kind: 'per_call', callPrice: '1e3' }, 'callPrice', 'invalid_amount'],
    [{ kind: 'per_call', callPrice: 'NaN' }, 'callPrice', 'invalid_amount'],
    [{ kind: 'per_call', callPrice: '0,5' }, 'callPrice', 'invalid_amount'],
    [{ kind: 'per_call', callPrice: '0.0000000001' }, 'callPrice', 'too_many_decimals'],
    [{ kind: 'per_call', callPrice: '1000.01' }, 'callPrice', 'too_big'],
    [{ kind: 'per_call', callPrice: '99999999999999999999' }, 'callPrice', 'invalid_amount'],
    [{ kind: 'per_call', callPrice: 0.5 }, 'callPrice', 'invalid'],
    [{ kind: 'per_call', callPrice: '1', monthlyFee: '5' }, 'monthlyFee', 'unknown_field'],
    [{ kind: 'per_token', inputPrice: '0', outputPrice: '0' }, 'outputPrice', 'too_small'],
    [{ kind: 'weekly' }, 'kind', 'invalid_choice'],
    [{ kind: 'free', name: '  ' }, 'name', 'required'],
    [{ kind: 'free', requestsPerMinute: 0 }, 'requestsPerMinute', 'too_small'],
  ])('refuses %j for %s: %s', async (input, field, reason) => {
    const plan = { serviceId: llm, name: 'Refused', ...input } as unknown as CreatePlanInput;
    const error = await refusal(createPlan(seller.ctx, plan));
    expect(error).toMatchObject({ code: 'invalid_request', issues: [{ field, reason }] });
  });

  it('is priced per token for LLM services alone', async () => {
    const error = await refusal(
      createPlan(seller.ctx, {
        serviceId: http,
        kind: 'per_token',
        name: 'Tokens',
        inputPrice: '1',
        outputPrice: '1',
      }),
    );
    expect(error.issues).toEqual([{ field: 'kind', reason: 'invalid_choice' }]);
  });

  it('has a name of its own within the service, also when two are made at once', async () => {
    const two = await Promise.allSettled(
      ['Twin', 'twin'].map((name) => createPlan(seller.ctx, { serviceId: http, kind: 'free', name })),
    );
    expect(two.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('shows unpublished prices to their seller alone', async () => {
    const service = await createService(seller.ctx, {
      name: 'Secret prices',
      baseUrl: 'http://127.0.0.1:4010',
      plans: [{ kind: 'per_call', name: 'Calls', callPrice: '1' }],
    });
    const [plan] = await listPlans(seller.ctx, { serviceId: service.id });
    const planId = plan!.id;
    for (const ctx of [stranger.ctx, anonymous(platform)]) {
      expect((await refusal(getPlanWithPrice(ctx, { planId }))).code).toBe('not_found');
    }
    await publishService(seller.ctx, { serviceId: service.id });
    expect((await getPlanWithPrice(anonymous(platform), { planId })).price.version).toBe(1);
  });
});

describe('a price', () => {
  const newPlan = (name: string) =>
    createPlan(seller.ctx, { serviceId: http, kind: 'per_call', name, callPrice: '0.01' });

  it('changes by a new version; the old one stays as it was', async () => {
    const plan = await newPlan('Changing');
    const changed = await changePlanPrice(seller.ctx, {
      planId: plan.id,
      kind: 'per_call',
      callPrice: '0.02',
    });
    expect(changed.price).toMatchObject({ version: 2 });
    expect(changed.price.components[0]?.nanosPerMillion).toBe(20_000_000_000_000n);
    const versions = await platform.db.select().from(priceVersions).where(eq(priceVersions.planId, plan.id));
    expect(versions.map(({ version }) => version).sort()).toEqual([1, 2]);
    const [first] = await platform.db
      .select()
      .from(priceComponents)
      .where(eq(priceComponents.priceVersionId, plan.price.id));
    expect(first?.nanosPerMillion).toBe(10_000_000_000_000n);
  });

  it('cannot be changed or deleted in the database', async () => {
    const { price } = await newPlan('Immutable');
    for (const statement of [
      sql`update price_versions set recurring_nanos = 1 where id = ${price.id}`,
      sql`delete from price_components where price_version_id = ${price.id}`,
      sql`update price_components set nanos_per_million = 1 where price_version_id = ${price.id}`,
      sql`delete from price_versions where id = ${price.id}`,
    ]) {
      await expect(platform.db.execute(statement)).rejects.toMatchObject({ cause: { code: '42501' } });
    }
  });

  it('that is announced for later does not count yet, and nothing can overtake it', async () => {
    const plan = await newPlan('Announced');
    const tomorrow = new Date(Date.now() + 86_400_000);
    const same = await changePlanPrice(seller.ctx, {
      planId: plan.id,
      kind: 'per_call',
      callPrice: '9',
      effectiveFrom: tomorrow,
    });
    expect(same.price.version).toBe(1);
    const error = await refusal(
      changePlanPrice(seller.ctx, { planId: plan.id, kind: 'per_call', callPrice: '5' }),
    );
    expect(error.code).toBe('conflict');
  });

  it('that was announced is taken back by one more version for the same moment', async () => {
    const plan = await newPlan('Taken back');
    const tomorrow = new Date(Date.now() + 86_400_000);
    const planId = plan.id;
    await changePlanPrice(seller.ctx, { planId, kind: 'per_call', callPrice: '9', effectiveFrom: tomorrow });
    expect((await listPriceVersions(seller.ctx, { planId })).upcoming.map(({ version }) => version)).toEqual([
      2,
    ]);
    await withdrawUpcomingPrices(seller.ctx, { planId });
    const { versions, upcoming } = await listPriceVersions(seller.ctx, { planId });
    expect(upcoming).toEqual([]);
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(versions[2]).toMatchObject({ effectiveFrom: tomorrow, components: plan.price.components });
    expect((await refusal(withdrawUpcomingPrices(seller.ctx, { planId }))).code).toBe('conflict');
    // The way is free again, and what comes at once still counts tomorrow.
    const now = await changePlanPrice(seller.ctx, { planId, kind: 'per_call', callPrice: '5' });
    expect(now.price.components[0]?.nanosPerMillion).toBe(5_000_000_000_000_000n);
    const last = (await listPriceVersions(seller.ctx, { planId })).versions.at(-1);
    expect(last).toMatchObject({ effectiveFrom: tomorrow, components: now.price.components });
  });

  it('can replace what was announced, if it says so', async () => {
    const plan = await newPlan('Replacing');
    const tomorrow = new Date(Date.now() + 86_400_000);
    const planId = plan.id;
    await changePlanPrice(seller.ctx, { planId, kind: 'per_call', callPrice: '9', effectiveFrom: tomorrow });
    await changePlanPrice(seller.ctx, { planId, kind: 'per_call', callPrice: '5', replacesUpcoming: true });
    const { versions, upcoming } = await listPriceVersions(seller.ctx, { planId });
    expect(upcoming).toEqual([]);
    expect(versions.at(-1)?.components[0]?.nanosPerMillion).toBe(5_000_000_000_000_000n);
  });

  it('switches at its moment, by the database clock', async () => {
    const plan = await newPlan('Switching');
    const [{ at } = { at: '' }] = await platform.db.execute<{ at: string }>(
      sql`select to_char((statement_timestamp() + interval '700 ms') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
    );
    await changePlanPrice(seller.ctx, {
      planId: plan.id,
      kind: 'per_call',
      callPrice: '2',
      effectiveFrom: new Date(at),
    });
    const seen: boolean[] = [];
    await until('the switch', async () => {
      const [before] = await platform.db.execute<{ due: boolean }>(
        sql`select statement_timestamp() >= ${at}::timestamptz as due`,
      );
      const { price } = await getPlanWithPrice(seller.ctx, { planId: plan.id });
      const [after] = await platform.db.execute<{ due: boolean }>(
        sql`select statement_timestamp() >= ${at}::timestamptz as due`,
      );
      if (before!.due === after!.due) expect(price.version === 2).toBe(after!.due);
      seen.push(price.version === 2);
      return price.version === 2;
    });
    expect(seen[0]).toBe(false);
  });

  it('takes any mix, and comes back as it was written', async () => {
    const general = {
      fee: '10.00',
      interval: 'year' as const,
      trialDays: 14,
      tierMode: 'volume' as const,
      quotas: [{ meter: 'call' as const, included: 1_000, overage: 'priced' as const }],
      prices: [
        { meter: 'call' as const, price: '0.01', model: '*', fromUnits: 0, fromContextTokens: 0 },
        { meter: 'call' as const, price: '0.005', model: '*', fromUnits: 10_000, fromContextTokens: 0 },
        { meter: 'millisecond' as const, price: '0.000001', model: '*', fromUnits: 0, fromContextTokens: 0 },
      ],
    };
    const plan = await createPlan(seller.ctx, { serviceId: http, name: 'Everything', ...general });
    expect(plan.kind).toBe('tiered');
    expect(plan.price).toMatchObject({ recurringInterval: 'year', trialDays: 14, tierMode: 'volume' });
    expect(toGeneralPrice(plan.price)).toEqual(general);
    expect(plan.price.components.find(({ meter }) => meter === 'millisecond')?.nanosPerMillion).toBe(
      1_000_000n,
    );
  });

  it('of tokens or models is for LLM services alone, in every form', async () => {
    const tokens = [
      { meter: 'call' as const, price: '1' },
      { meter: 'input_token' as const, price: '1' },
      { meter: 'output_token' as const, price: '1' },
    ];
    const error = await refusal(createPlan(seller.ctx, { serviceId: http, name: 'Mixed', prices: tokens }));
    expect(error.issues).toEqual([{ field: 'prices.1.meter', reason: 'invalid_choice' }]);
    const models = [{ meter: 'call' as const, price: '1', model: 'm' }];
    const other = await refusal(createPlan(seller.ctx, { serviceId: http, name: 'Mixed', prices: models }));
    expect(other.issues).toEqual([{ field: 'prices.0.model', reason: 'invalid_choice' }]);
    expect((await createPlan(seller.ctx, { serviceId: llm, name: 'Mixed', prices: tokens })).kind).toBe(
      'custom',
    );
  });

  it('never makes a free plan cost, nor another one free', async () => {
    const free = await createPlan(seller.ctx, { serviceId: http, kind: 'free', name: 'Stays free' });
    const input = { kind: 'per_call' as const, callPrice: '1' };
    expect((await refusal(changePlanPrice(seller.ctx, { planId: free.id, ...input }))).code).toBe('conflict');
    const paid = await newPlan('Stays paid');
    const error = await refusal(changePlanPrice(seller.ctx, { planId: paid.id, kind: 'free' }));
    expect(error.issues).toEqual([{ field: 'kind', reason: 'invalid_choice' }]);
  });

  it('cannot be dated back', async () => {
    const plan = await newPlan('Dated back');
    const clock = createTestClock();
    const error = await refusal(
      changePlanPrice(
        { ...seller.ctx, clock },
        { planId: plan.id, kind: 'per_call', callPrice: '5', effectiveFrom: new Date(clock.now() - 1) },
      ),
    );
    expect(error.issues).toEqual([{ field: 'effectiveFrom', reason: 'invalid' }]);
  });

  it('gets consecutive versions when it is changed many times at once', async () => {
    const plan = await newPlan('Contended');
    await Promise.all(
      ['1', '2', '3', '4'].map((callPrice) =>
        changePlanPrice(seller.ctx, { planId: plan.id, kind: 'per_call', callPrice }),
      ),
    );
    const versions = await platform.db
      .select()
      .from(priceVersions)
      .where(eq(priceVersions.planId, plan.id))
      .orderBy(priceVersions.effectiveFrom, priceVersions.version);
    expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    expect((await getPlanWithPrice(seller.ctx, { planId: plan.id })).price.version).toBe(5);
  });
});

describe('archiving', () => {
  it('keeps the last plan of a listed service', async () => {
    const service = await createService(seller.ctx, {
      name: 'Two plans',
      baseUrl: 'http://127.0.0.1:4010',
      plans: [
        { kind: 'free', name: 'Free' },
        { kind: 'flat', name: 'Monthly', monthlyFee: '5' },
      ],
      publish: true,
    });
    const [free, monthly] = await listPlans(seller.ctx, { serviceId: service.id });
    await archivePlan(seller.ctx, { planId: free!.id });
    expect((await refusal(archivePlan(seller.ctx, { planId: monthly!.id }))).code).toBe('conflict');
    const plans = await listPlans(seller.ctx, { serviceId: service.id });
    expect(plans.map(({ status }) => status)).toEqual(['archived', 'active']);
  });
});

describe("another organization's plans", () => {
  it('do not exist for any verb', async () => {
    const plan = await createPlan(seller.ctx, {
      serviceId: http,
      kind: 'per_call',
      name: 'Guarded',
      callPrice: '1',
    });
    const { ctx } = stranger;
    const planId = plan.id;
    for (const work of [
      () => createPlan(ctx, { serviceId: http, kind: 'free', name: 'Foreign' }),
      () => changePlanPrice(ctx, { planId, kind: 'per_call', callPrice: '0.1' }),
      () => updatePlan(ctx, { planId, name: 'Stolen' }),
      () => archivePlan(ctx, { planId }),
      () => withdrawUpcomingPrices(ctx, { planId }),
      () => listPriceVersions(ctx, { planId }),
      () => previewPlanPrice(ctx, { planId, kind: 'per_call', callPrice: '1' }),
      () => importPriceList(ctx, { planId, list: 'model,input,output\nm,1,2' }),
      () =>
        createPlanInvitation(ctx, {
          planId,
          email: 'a@example.com',
          write: () => ({ subject: 's', text: 't' }),
        }),
      () => listPlanInvitations(ctx, { planId }),
      () => listPlans(ctx, { serviceId: http }),
      () => getPlanWithPrice(ctx, { planId }),
    ]) {
      expect((await refusal(work())).code).toBe('not_found');
    }
    for (const role of ['member', 'billing'] as const) {
      const work = () => changePlanPrice(seller.as(role), { planId, kind: 'per_call', callPrice: '0.1' });
      expect((await refusal(work())).code).toBe('forbidden');
    }
    expect(await getPlanWithPrice(seller.ctx, { planId })).toEqual(plan);
  });
});
