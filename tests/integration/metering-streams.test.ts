/** Streams: little is held at first, more while they run, and nothing is delivered that is not paid for. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { budgets } from '../../db/schema/index.ts';
import { newId } from '../../app/lib/ids.ts';
import { NANOS_PER_UNIT } from '../../app/lib/money.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { until } from '../support/until.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

/** Nanos per token. */
const INPUT = 10n;
const OUTPUT = 1_000n;
const FIRST_SLICE = 1_024n;

let upstream: Upstream;
let fixture: GatewayFixture;
let service: AddedService;
let plan: AddedPlan;
let behave: (response: ServerResponse) => void | Promise<void>;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    request.on('end', () => void behave(response));
  });
  fixture = await createGatewayFixture();
  service = await fixture.addService({
    baseUrl: upstream.url,
    kind: 'llm',
    upstream: { dialect: 'openai-chat' },
  });
  plan = await fixture.addPlan(service, {
    kind: 'per_token',
    prices: { input_token: INPUT * 1_000_000n, output_token: OUTPUT * 1_000_000n },
  });
});
afterAll(async () => {
  await fixture.close();
  await upstream.close();
});
beforeEach(() => {
  behave = (response) => void response.end();
});

const event = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'c',
    object: 'chat.completion.chunk',
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  })}\n\n`;
const usage = (prompt: number, completion: number): string =>
  `data: ${JSON.stringify({
    id: 'c',
    object: 'chat.completion.chunk',
    model: 'm',
    choices: [],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  })}\n\n`;
const DONE = 'data: [DONE]\n\n';
/** A token, more or less. */
const WORD = 'four';

function ask({ key }: AddedBuyer, body: object = {}): Promise<Response> {
  return fixture.call('/v1/chat/completions', key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'm',
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
      ...body,
    }),
  });
}

async function lastEvent({ organizationId }: AddedBuyer) {
  const rows = await fixture.waitForEvents(organizationId, 1);
  return rows.at(-1)!;
}

describe('fifty agents on one wallet of $25 that allow for 64 000 tokens and use one in a hundred', () => {
  it('are served at once, and the balance is exactly what was not used', async () => {
    // A full bound costs $0.64 and more: 39 of them would be all that $25 pays for.
    const dear = await fixture.addPlan(service, {
      kind: 'per_token',
      prices: { input_token: 1_000_000_000n, output_token: 10_000_000_000n },
    });
    const buyer = await fixture.addBuyer(dear, { walletNanos: 25n * NANOS_PER_UNIT });
    let running = 0;
    let together = 0;
    behave = async (response) => {
      running++;
      together = Math.max(together, running);
      response.setHeader('content-type', 'text/event-stream');
      response.write(event(WORD.repeat(640)));
      // All of them run at the same time before the first ends.
      await until('all are here', () => together >= 45, 4_000).catch(() => undefined);
      response.end(event('', 'stop') + usage(9, 640) + DONE);
      running--;
    };
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await ask(buyer, { max_tokens: 64_000 });
        return [answer.status, await answer.text()] as const;
      }),
    );
    const served = answers.filter(([status, text]) => status === 200 && text.includes('[DONE]'));
    expect(served.length).toBeGreaterThanOrEqual(45);
    expect(together).toBeGreaterThanOrEqual(45);
    const rows = await fixture.waitForEvents(buyer.organizationId, served.length);
    const charged = rows.reduce((sum, row) => sum + BigInt(row.charge_nanos), 0n);
    const { available, held } = await fixture.wallet(buyer.organizationId);
    expect(held).toBe(0n);
    expect(available).toBe(25n * NANOS_PER_UNIT - charged);
  });
});

describe('a stream that runs on', () => {
  it('is paid for slice by slice, beyond the bound that is held for where nobody set one', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: NANOS_PER_UNIT });
    const heldAt: bigint[] = [];
    behave = async (response) => {
      response.setHeader('content-type', 'text/event-stream');
      for (let i = 0; i < 12; i++) {
        response.write(event(WORD.repeat(500)));
        await new Promise((resolve) => setTimeout(resolve, 15));
        heldAt.push((await fixture.wallet(buyer.organizationId)).held);
      }
      response.end(event('', 'stop') + usage(8, 6_000) + DONE);
    };
    const text = await (await ask(buyer)).text();
    expect(text).toContain('[DONE]');
    const row = await lastEvent(buyer);
    expect(row).toMatchObject({
      terminal_state: 'complete',
      output_tokens: '6000',
      usage_source: 'upstream',
    });
    expect(BigInt(row.charge_nanos)).toBe(8n * INPUT + 6_000n * OUTPUT);
    expect(heldAt[0]).toBeLessThan(4_096n * OUTPUT);
    expect(heldAt.at(-1)).toBeGreaterThan(6_000n * OUTPUT);
    expect(await fixture.wallet(buyer.organizationId)).toEqual({
      available: NANOS_PER_UNIT - BigInt(row.charge_nanos),
      held: 0n,
    });
  });

  it.each([
    ['the wallet', 'insufficient_balance'],
    ['a budget', 'budget_exceeded'],
  ])(
    'ends with one error event where %s allows no more, and what was delivered is charged',
    async (whose, code) => {
      const limit = (FIRST_SLICE + 500n) * OUTPUT;
      const buyer = await fixture.addBuyer(plan, {
        walletNanos: whose === 'the wallet' ? limit : NANOS_PER_UNIT,
      });
      if (whose === 'a budget') {
        await fixture.platform.db.insert(budgets).values({
          id: newId('budget'),
          organizationId: buyer.organizationId,
          scope: 'organization',
          period: 'month',
          amountNanos: limit,
          enforcement: 'hard',
        });
      }
      behave = async (response) => {
        response.setHeader('content-type', 'text/event-stream');
        for (let i = 0; i < 40 && !response.destroyed; i++) {
          response.write(event(WORD.repeat(100)));
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        response.end(event('', 'stop') + usage(8, 4_000) + DONE);
      };
      const text = await (await ask(buyer, { max_tokens: 64_000 })).text();
      expect(text).not.toContain('[DONE]');
      expect(text.match(/"error"/g)).toHaveLength(1);
      expect(text).toContain(code);
      const row = await lastEvent(buyer);
      expect(row).toMatchObject({ terminal_state: 'policy_stop', fault: 'buyer', error_code: code });
      const delivered = text.split(WORD).length - 1;
      expect(delivered).toBeGreaterThan(0);
      expect(Number(row.output_tokens)).toBe(delivered);
      expect(BigInt(row.charge_nanos)).toBe(
        BigInt(row.input_tokens!) * INPUT + BigInt(row.output_tokens!) * OUTPUT,
      );
      expect(BigInt(row.charge_nanos)).toBeLessThanOrEqual(limit);
      const { held, available } = await fixture.wallet(buyer.organizationId);
      expect(held).toBe(0n);
      expect(available).toBeGreaterThanOrEqual(0n);
    },
  );

  it('does not deliver a chunk that is longer than what is paid for', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: (FIRST_SLICE + 100n) * OUTPUT });
    behave = (response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end(event(WORD.repeat(9_000)) + event('', 'stop') + usage(8, 9_000) + DONE);
    };
    const answer = await ask(buyer, { max_tokens: 64_000 });
    const text = await answer.text();
    expect(text).toContain('insufficient_balance');
    expect(text).not.toContain(WORD);
    expect(await lastEvent(buyer)).toMatchObject({ terminal_state: 'policy_stop', charge_nanos: '0' });
  });

  it('charges tokens that nobody saw coming, as far as the caller allowed for them', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: NANOS_PER_UNIT });
    const reasoned = (stated: number): void => {
      behave = (response) => {
        response.setHeader('content-type', 'text/event-stream');
        response.end(event(WORD) + event('', 'stop') + usage(8, stated) + DONE);
      };
    };
    reasoned(20_000);
    await (await ask(buyer, { max_tokens: 30_000 })).text();
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(BigInt(row!.charge_nanos)).toBe(8n * INPUT + 20_000n * OUTPUT);
    reasoned(900_000);
    await (await ask(buyer, { max_tokens: 30_000 })).text();
    const lie = (await fixture.waitForEvents(buyer.organizationId, 2)).at(-1)!;
    expect(BigInt(lie.charge_nanos)).toBeLessThanOrEqual(8n * INPUT * 10n + 30_000n * OUTPUT);
    expect(lie.lines!.reduce((sum, line) => sum + BigInt(line.amountNanos), 0n)).toBe(
      BigInt(lie.charge_nanos),
    );
  });
});

describe('what was not answered', () => {
  it.each([
    ['an error and no output', 500, '{"error":{"message":"no"}}'],
    ['an empty answer', 204, ''],
  ])('costs nothing: %s', async (_name, status, body) => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: NANOS_PER_UNIT });
    behave = (response) => {
      response.statusCode = status;
      if (body) response.setHeader('content-type', 'application/json');
      response.end(body);
    };
    await (await ask(buyer, { stream: false })).text();
    expect(await lastEvent(buyer)).toMatchObject({ charge_nanos: '0', lines: null });
    expect(await fixture.wallet(buyer.organizationId)).toEqual({ available: NANOS_PER_UNIT, held: 0n });
  });

  it('costs what the row says: the tokens that are stored are those that are charged', async () => {
    const buyer = await fixture.addBuyer(plan, { walletNanos: NANOS_PER_UNIT });
    for (const [prompt, completion] of [
      [0, 0],
      [12, 0],
      [0, 7],
      [1_000, 999],
    ] as const) {
      behave = (response) => {
        response.setHeader('content-type', 'text/event-stream');
        response.end(event('some words') + event('', 'stop') + usage(prompt, completion) + DONE);
      };
      await (await ask(buyer)).text();
    }
    const rows = await fixture.waitForEvents(buyer.organizationId, 4);
    // An upstream that says zero means zero.
    expect(rows[0]).toMatchObject({
      charge_nanos: '0',
      input_tokens: '0',
      output_tokens: '0',
      usage_source: 'upstream',
    });
    for (const row of rows) {
      const { input_tokens: input, output_tokens: output } = row;
      expect(BigInt(row.charge_nanos)).toBe(BigInt(input!) * INPUT + BigInt(output!) * OUTPUT);
      const lines = row.lines ?? [];
      expect(lines.reduce((sum, line) => sum + BigInt(line.amountNanos), 0n)).toBe(BigInt(row.charge_nanos));
    }
  });

  it('is not paid for when another attempt answers', async () => {
    const two = await fixture.addService({
      baseUrl: upstream.url,
      kind: 'llm',
      upstream: { dialect: 'openai-chat' },
    });
    await fixture.addUpstream(two, { baseUrl: upstream.url, dialect: 'openai-chat', priority: 9 });
    const prices = { input_token: INPUT * 1_000_000n, output_token: OUTPUT * 1_000_000n };
    const buyer = await fixture.addBuyer(await fixture.addPlan(two, { kind: 'per_token', prices }), {
      walletNanos: NANOS_PER_UNIT,
    });
    let attempts = 0;
    behave = (response) => {
      attempts++;
      if (attempts === 1) {
        response.statusCode = 503;
        response.end('{"error":{"message":"busy"}}');
        return;
      }
      response.setHeader('content-type', 'text/event-stream');
      response.end(event('fine') + event('', 'stop') + usage(5, 1) + DONE);
    };
    await (await ask(buyer)).text();
    expect(attempts).toBe(2);
    const rows = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(rows.map((row) => row.charge_nanos)).toEqual([`${5n * INPUT + OUTPUT}`]);
  });

  it('a model without a price is refused before any upstream is called', async () => {
    const only = await fixture.addPlan(service, {
      kind: 'per_token',
      prices: { 'input_token other': 1n, 'output_token other': 1n },
    });
    const buyer = await fixture.addBuyer(only, { walletNanos: NANOS_PER_UNIT });
    const before = upstream.requests.length;
    const answer = await ask(buyer);
    expect([answer.status, await answer.text()]).toEqual([402, expect.stringContaining('price_missing')]);
    expect(upstream.requests.length).toBe(before);
  });
});

describe('a price beyond all reason', () => {
  it('refuses its own call, and no other of the same batch', async () => {
    const absurd = await fixture.addPlan(service, {
      kind: 'per_token',
      prices: { input_token: 10n ** 18n, output_token: 10n ** 18n },
    });
    const poor = await fixture.addBuyer(absurd, { walletNanos: NANOS_PER_UNIT });
    const other = await fixture.addBuyer(plan, { walletNanos: NANOS_PER_UNIT });
    behave = (response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end(event('fine') + event('', 'stop') + usage(5, 1) + DONE);
    };
    const ask128 = () => ask(poor, { max_tokens: 1_000_000, n: 128, stream: false });
    const answers = await Promise.all([ask128(), ask(other), ask128(), ask(other)]);
    expect(answers.map(({ status }) => status)).toEqual([402, 200, 402, 200]);
    await Promise.all(answers.map((answer) => answer.text()));
    expect(await fixture.wallet(poor.organizationId)).toEqual({ available: NANOS_PER_UNIT, held: 0n });
  });
});

describe('tokens that a quota includes', () => {
  it('are there for an empty wallet, also where the service has fallbacks, until they are used up', async () => {
    const generous = await fixture.addService({
      baseUrl: upstream.url,
      kind: 'llm',
      options: { fallbacks: ['other'] },
      upstream: { dialect: 'openai-chat', models: ['m', 'other'] },
    });
    const included = await fixture.addPlan(generous, {
      kind: 'freemium',
      prices: { input_token: 1_000_000n, output_token: 1_000_000n },
      quotas: [
        { meter: 'input_token', includedUnits: 1_000, overage: 'priced' },
        { meter: 'output_token', includedUnits: 1_200, overage: 'hard_stop' },
      ],
    });
    const buyer = await fixture.addBuyer(included);
    behave = (response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end(event('fine') + event('', 'stop') + usage(5, 700) + DONE);
    };
    expect(await (await ask(buyer, { max_tokens: 1_000 })).text()).toContain('[DONE]');
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({ charge_nanos: '0', output_tokens: '700' });
    expect(row!.lines).toMatchObject([
      { meter: 'input_token', quantity: 0, included: 5 },
      { meter: 'output_token', quantity: 0, included: 700 },
    ]);
    const refused = await ask(buyer, { max_tokens: 1_000 });
    expect([refused.status, await refused.text()]).toEqual([
      402,
      expect.stringContaining('insufficient_quota'),
    ]);
    const [counter] = await fixture.platform.database.sql`
      select used_units::integer as used, held_units::integer as held from subscription_counters
      where subscription_id = ${buyer.subscriptionId} and meter = 'output_token'`;
    expect({ ...counter }).toEqual({ used: 700, held: 0 });
  });
});
