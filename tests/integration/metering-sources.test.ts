/** Where the money of a call comes from, and what becomes of it when a process dies. */
import { readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getLedgerBalance, verifyLedger } from '../../app/domain/ledger/index.ts';
import { findPrices } from '../../app/domain/metering/find-prices.ts';
import {
  checkpointHolds,
  holdCalls,
  settleCalls,
  type UsageEventInput,
} from '../../app/domain/metering/index.ts';
import { grantPromotionalCredit } from '../../app/domain/promotions/index.ts';
import { releaseExpiredHolds } from '../../app/domain/wallets/index.ts';
import type { Context } from '../../app/domain/context.ts';
import { budgets } from '../../db/schema/index.ts';
import { createGateway } from '../../app/gateway/router.ts';
import { newId } from '../../app/lib/ids.ts';
import { makeBuyer } from '../support/factories.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { until } from '../support/until.ts';
import { PLAIN_CALL } from '../support/usage-events.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const PRICE = 100n;

let upstream: Upstream;
let fixture: GatewayFixture;
let service: AddedService;
let plan: AddedPlan;
let system: Context;
let behave: (response: ServerResponse) => void = (response) => void response.end('ok');

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    request.on('end', () => behave(response));
  });
  fixture = await createGatewayFixture();
  system = fixture.platform.createContext({ type: 'system', job: 'test' });
  service = await fixture.addService({ baseUrl: upstream.url });
  plan = await fixture.addPlan(service, { kind: 'per_call', prices: { call: PRICE * 1_000_000n } });
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});

const sqlOf = () => fixture.platform.database.sql;
const ask = ({ key }: AddedBuyer): Promise<Response> => fixture.call(`/proxy/${service.slug}/x`, key.secret);
const DAY_MS = 86_400_000;

async function walletOf({ organizationId }: AddedBuyer): Promise<Record<string, number>> {
  await fixture.gateway.settled();
  const [row] = await sqlOf()`
    select available_nanos::float8 as available, held_nanos::float8 as held, promo_nanos::float8 as promo,
      promo_held_nanos::float8 as "promoHeld", credit_used_nanos::float8 as owed, credit_held_nanos::float8 as "owedHeld"
    from wallets where organization_id = ${organizationId}`;
  return { ...row } as Record<string, number>;
}

const balance = (
  organizationId: string,
  purpose: 'buyer_wallet' | 'promotional_credit' | 'buyer_receivable',
) => getLedgerBalance(system, { organizationId, purpose });

async function expectBooksInOrder(): Promise<void> {
  await fixture.gateway.settled();
  expect((await verifyLedger(system)).problems).toEqual([]);
}

describe('a charge', () => {
  it('takes promotional credit first, what expires first first; then the wallet, then invoiced credit', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 150n });
    const { organizationId } = buyer;
    await sqlOf()`update wallets set credit_limit_nanos = 60 where organization_id = ${organizationId}`;
    const grant = (amountNanos: bigint, days: number | null) =>
      grantPromotionalCredit(system, {
        organizationId,
        amountNanos,
        expiresAt: days === null ? null : new Date(Date.now() + days * DAY_MS),
        reason: 'test',
      });
    const forever = await grant(40n, null);
    const later = await grant(30n, 20);
    const soon = await grant(50n, 2);
    const left = async () => {
      await fixture.gateway.settled();
      const rows = await sqlOf()`select id, remaining_nanos::integer as left from promotional_credits
        where organization_id = ${organizationId}`;
      const byId = new Map(rows.map((row) => [row['id'], row['left']]));
      return [soon, later, forever].map(({ id }) => byId.get(id));
    };

    expect((await ask(buyer)).status).toBe(200);
    expect(await left()).toEqual([0, 0, 20]);
    expect(await walletOf(buyer)).toMatchObject({ promo: 20, promoHeld: 0, available: 150, held: 0 });
    expect((await ask(buyer)).status).toBe(200);
    expect(await left()).toEqual([0, 0, 0]);
    expect(await walletOf(buyer)).toMatchObject({ promo: 0, available: 70, owed: 0 });
    expect((await ask(buyer)).status).toBe(200);
    expect(await walletOf(buyer)).toMatchObject({ available: 0, held: 0, owed: 30, owedHeld: 0 });
    // 30 of the credit limit are left, and a call may cost 100.
    expect((await ask(buyer)).status).toBe(402);

    const rows = await fixture.events(organizationId);
    expect(rows.map((row) => [row.charge_nanos, row.promo_nanos, row.credit_nanos])).toEqual([
      ['100', '100', '0'],
      ['100', '20', '0'],
      ['100', '0', '30'],
    ]);
    expect(await balance(organizationId, 'promotional_credit')).toBe(0n);
    expect(await balance(organizationId, 'buyer_wallet')).toBe(0n);
    expect(await balance(organizationId, 'buyer_receivable')).toBe(-30n);
    await expectBooksInOrder();
  });

  it('of less than was held gives each source back what is its own', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 30n });
    const { organizationId } = buyer;
    await sqlOf()`update wallets set credit_limit_nanos = 1000 where organization_id = ${organizationId}`;
    await grantPromotionalCredit(system, {
      organizationId,
      amountNanos: 20n,
      expiresAt: null,
      reason: 'test',
    });
    const requestId = newId('request');
    await hold(buyer, requestId, 100n);
    expect(await walletOf(buyer)).toMatchObject({
      promo: 0,
      promoHeld: 20,
      available: 0,
      held: 30,
      owedHeld: 50,
    });
    await settleCalls({ sql: sqlOf() }, [eventOf(buyer, requestId, 40n)]);
    expect(await walletOf(buyer)).toEqual({
      promo: 0,
      promoHeld: 0,
      available: 10,
      held: 0,
      owed: 0,
      owedHeld: 0,
    });
    await expectBooksInOrder();
  });
});

function callOf({ subscriptionId, key }: AddedBuyer) {
  return {
    seller_organization_id: service.organizationId,
    service_id: service.id,
    plan_id: plan.id,
    price_version_id: 'prv_test',
    subscription_id: subscriptionId!,
    key_id: key.id,
    method: 'GET',
  };
}

async function hold(buyer: AddedBuyer, requestId: string, amountNanos: bigint): Promise<void> {
  const answers = await holdCalls({ sql: sqlOf() }, [
    { organizationId: buyer.organizationId, requestId, amountNanos, ttlSeconds: 600, call: callOf(buyer) },
  ]);
  expect(answers.get(requestId)?.refusal).toBeNull();
}

/** As programs before this one wrote it: without lines. */
function eventOf(buyer: AddedBuyer, requestId: string, chargeNanos: bigint): UsageEventInput {
  return {
    ...callOf(buyer),
    organization_id: buyer.organizationId,
    request_id: requestId,
    ...PLAIN_CALL,
    request_bytes: 10,
    response_bytes: 300,
    input_tokens: 30,
    output_tokens: 70,
    usage_source: 'upstream',
    first_byte_ms: 1,
    total_ms: 2,
    charge_nanos: chargeNanos.toString(),
    held: true,
  };
}

async function sweep(requestId: string): Promise<void> {
  await sqlOf()`update holds set expires_at = now() - interval '1 second' where request_id = ${requestId}`;
  expect(await releaseExpiredHolds(system)).toBe(1);
}

describe('budgets', () => {
  it('of a member bind the keys that they made, in windows of the organization’s time zone', async () => {
    const person = await makeBuyer(fixture.platform, { balance: '1' });
    const { organizationId } = person;
    await fixture.subscribe(organizationId, plan);
    const [own, other] = [await fixture.addKey(organizationId), await fixture.addKey(organizationId)];
    await sqlOf()`update keys set created_by_user_id = ${person.userId} where id = ${own.id}`;
    await sqlOf()`update organizations set time_zone = 'Pacific/Chatham' where id = ${organizationId}`;
    const budget = {
      organizationId,
      scope: 'member',
      subjectId: person.userId,
      enforcement: 'hard',
    } as const;
    const [day, week] = [newId('budget'), newId('budget')];
    await fixture.platform.db.insert(budgets).values([
      { ...budget, id: day, period: 'day', amountNanos: 2n * PRICE },
      { ...budget, id: week, period: 'week', amountNanos: 3n * PRICE },
    ]);
    const call = async ({ secret }: { secret: string }) =>
      (await fixture.call(`/proxy/${service.slug}/x`, secret)).status;
    expect([await call(own), await call(own), await call(own)]).toEqual([200, 200, 402]);
    expect(await call(other)).toBe(200);
    await fixture.gateway.settled();
    const windows = await sqlOf()`
      select budget_id, spent_nanos::integer as spent, held_nanos::integer as held,
        window_start = window_start(b.period, 'Pacific/Chatham', now()) as is_now
      from budget_windows w join budgets b on b.id = w.budget_id where w.organization_id = ${organizationId}`;
    expect(windows.map((row) => ({ ...row }))).toEqual(
      expect.arrayContaining([
        { budget_id: day, spent: 200, held: 0, is_now: true },
        { budget_id: week, spent: 200, held: 0, is_now: true },
      ]),
    );
    // Tomorrow is another window: as if the day had been yesterday, nothing is reset.
    await sqlOf()`update budget_windows set window_start = window_start - interval '1 day' where budget_id = ${day}`;
    expect([await call(own), await call(own)]).toEqual([200, 402]);
    const refused = await fixture.call(`/proxy/${service.slug}/x`, own.secret);
    expect(await refused.json()).toMatchObject({
      error: { code: 'budget_exceeded', scope: 'member', period: 'week' },
    });
    // The next call hears of a raised budget.
    await sqlOf()`update budgets set amount_nanos = 1000 where id = ${week}`;
    expect(await call(own)).toBe(200);
    await expectBooksInOrder();
  });
});

describe('a hold whose process died', () => {
  it('costs nothing where nothing was recorded as delivered', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
    const requestId = newId('request');
    await hold(buyer, requestId, 60n);
    await sweep(requestId);
    expect(await walletOf(buyer)).toMatchObject({ available: 100, held: 0 });
    expect(await fixture.events(buyer.organizationId)).toMatchObject([
      {
        request_id: requestId,
        terminal_state: 'truncated',
        fault: 'platform',
        charge_nanos: '0',
        response_bytes: '0',
      },
    ]);
    await expectBooksInOrder();
  });

  it('is settled at its last checkpoint', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
    const requestId = newId('request');
    await hold(buyer, requestId, 60n);
    for (const tokens of [3, 7]) {
      await checkpointHolds({ sql: sqlOf() }, [
        {
          organizationId: buyer.organizationId,
          requestId,
          checkpoint: {
            status_code: 200,
            response_bytes: tokens * 10,
            input_tokens: 1,
            output_tokens: tokens,
            usage_source: 'estimated',
            charge_nanos: `${tokens * 2}`,
            lines: [
              {
                meter: 'output_token',
                quantity: tokens,
                nanosPerMillion: '2000000',
                amountNanos: `${tokens * 2}`,
              },
            ],
          },
        },
      ]);
    }
    await sweep(requestId);
    expect(await walletOf(buyer)).toMatchObject({ available: 86, held: 0 });
    const [row] = await fixture.events(buyer.organizationId);
    expect(row).toMatchObject({
      terminal_state: 'truncated',
      fault: 'platform',
      status_code: 200,
      charge_nanos: '14',
      output_tokens: '7',
      usage_source: 'estimated',
      lines: [{ meter: 'output_token', quantity: 7, amountNanos: '14' }],
    });
    await expectBooksInOrder();
  });

  it.each([
    ['and the wallet still has it', 0n, { available: 40, owed: 0 }],
    ['and the wallet was emptied meanwhile', 80n, { available: 0, owed: 40 }],
  ])(
    'whose settlement comes from the spool after the sweeper is paid, once, %s',
    async (_name, spent, expected) => {
      const buyer = await fixture.addBuyer(plan, { walletNanos: 100n });
      const requestId = newId('request');
      await hold(buyer, requestId, 70n);
      await sweep(requestId);
      if (spent > 0n) {
        const other = newId('request');
        await hold(buyer, other, spent);
        await settleCalls({ sql: sqlOf() }, [eventOf(buyer, other, spent)]);
      }
      const late = eventOf(buyer, requestId, 60n);
      const spool = join(fixture.platform.dataDir, 'spool');
      mkdirSync(spool, { recursive: true });
      for (const name of ['a.jsonl', 'b.jsonl'])
        writeFileSync(join(spool, name), `${JSON.stringify(late)}\n`);
      // Another process of the same installation starts, and finds what the dead one left.
      const next = createGateway(fixture.platform);
      await next.start();
      await until('the spool is empty', () => readdirSync(spool).length === 0);
      await next.close();
      expect(await walletOf(buyer)).toMatchObject({ held: 0, ...expected });
      const rows = await fixture.events(buyer.organizationId);
      const corrections = rows.filter((row) => row.trace?.corrects === requestId);
      expect(corrections).toMatchObject([
        { charge_nanos: '60', terminal_state: 'complete', output_tokens: '70' },
      ]);
      expect(rows.find((row) => row.request_id === requestId)).toMatchObject({ charge_nanos: '0' });
      await expectBooksInOrder();
    },
  );
});

describe('a counted call whose process died', () => {
  it('has used the units that its checkpoint says, and the rest when its settlement comes late', async () => {
    const counted = await fixture.addPlan(service, {
      kind: 'freemium',
      prices: { response_byte: 1_000_000n },
      quotas: [{ meter: 'response_byte', includedUnits: 100, overage: 'priced' }],
    });
    const buyer = await fixture.addBuyer(counted, { walletNanos: 1_000n });
    const { organizationId, subscriptionId } = buyer;
    const [version] = await sqlOf()`select id from price_versions where plan_id = ${counted.id}`;
    const call = { ...callOf(buyer), plan_id: counted.id, price_version_id: version!['id'] as string };
    const [held] = await findPrices(sqlOf(), [call.price_version_id]);
    const requestId = newId('request');
    const quantities = { response_byte: 300 };
    const answers = await holdCalls({ sql: sqlOf() }, [
      {
        ...{ organizationId, requestId, call, amountNanos: 0n, ttlSeconds: 600 },
        counted: { price: held![1], model: null, quantities, has: null },
      },
    ]);
    expect(answers.get(requestId)).toMatchObject({
      refusal: null,
      grantedNanos: 200n,
      quota: { response_byte: 100 },
    });
    const units = async () => {
      const [row] =
        await sqlOf()`select used_units::integer as used, quota_units::integer as quota, held_units::integer as held
        from subscription_counters where subscription_id = ${subscriptionId}`;
      return { ...row };
    };
    expect(await units()).toEqual({ used: 0, quota: 0, held: 100 });
    await checkpointHolds({ sql: sqlOf() }, [
      {
        ...{ organizationId, requestId },
        checkpoint: {
          ...{ status_code: 200, response_bytes: 150, charge_nanos: '50' },
          lines: [
            {
              meter: 'response_byte',
              quantity: 50,
              included: 100,
              nanosPerMillion: '1000000',
              amountNanos: '50',
            },
          ],
          counters: {
            period_start: answers.get(requestId)!.periodStart!,
            meters: { response_byte: [150, 100, '50'] },
          },
        },
      },
    ]);
    await sweep(requestId);
    expect(await units()).toEqual({ used: 150, quota: 100, held: 0 });
    await expectBooksInOrder();
    // 250 bytes had been sent in the end: 150 of them cost something.
    await settleCalls({ sql: sqlOf() }, [
      {
        ...eventOf(buyer, requestId, 0n),
        ...call,
        counted: { model: null, quantities: { response_byte: 250 }, hold_nanos: '200' },
      },
    ]);
    expect(await walletOf(buyer)).toMatchObject({ available: 850, held: 0 });
    expect(await units()).toEqual({ used: 250, quota: 100, held: 0 });
    await expectBooksInOrder();
  });
});

describe('a stream that runs for longer than a second', () => {
  it('leaves a checkpoint of what was delivered, and is charged whole when it ends well', async () => {
    const llm = await fixture.addService({
      baseUrl: upstream.url,
      kind: 'llm',
      upstream: { dialect: 'openai-chat' },
    });
    const perToken = await fixture.addPlan(llm, {
      kind: 'per_token',
      prices: { input_token: 1_000_000n, output_token: 1_000_000n },
    });
    const buyer = await fixture.addBuyer(perToken, { walletNanos: 1_000_000n });
    const event = (content: string, finish: string | null) =>
      `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
    let finish = (): void => undefined;
    behave = (response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write(event('four'.repeat(50), null));
      finish = () => void response.end(`${event('', 'stop')}data: [DONE]\n\n`);
    };
    const answer = await fixture.call('/v1/chat/completions', buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    });
    const checkpoint = await until('there is a checkpoint', async () => {
      const [row] =
        await sqlOf()`select checkpoint from holds where organization_id = ${buyer.organizationId}`;
      return row?.['checkpoint'] as Record<string, unknown> | null;
    });
    expect(checkpoint).toMatchObject({ status_code: 200, output_tokens: 50, usage_source: 'estimated' });
    finish();
    await answer.text();
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({ terminal_state: 'complete', output_tokens: '50' });
    expect(checkpoint['charge_nanos']).toBe(row!.charge_nanos);
    behave = (response) => void response.end('ok');
  });
});

describe('a subscription whose fee is past due', () => {
  it('serves calls until its grace is over', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: 1_000n });
    const set = (grace: string | null) =>
      sqlOf()`update subscriptions set status = 'past_due', grace_until = now() + ${grace}::interval
        where id = ${buyer.subscriptionId}`;
    await set('1 hour');
    await until('the change has arrived', async () => (await ask(buyer)).status === 200);
    for (const grace of ['-1 second', null]) {
      await set(grace);
      await until('calls are refused', async () => (await ask(buyer)).status === 403);
      await set('1 hour');
      await until('calls are served again', async () => (await ask(buyer)).status === 200);
    }
  });
});
