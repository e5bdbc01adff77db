/** `Idempotency-Key`: the same request twice is one upstream call, one answer, one bill. */
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organizations } from '../../db/schema/index.ts';
import { deleteExpiredAnswers } from '../../app/domain/idempotency/index.ts';
import { keptBytesOf } from '../../app/gateway/idempotency.ts';
import { newId } from '../../app/lib/ids.ts';
import { holdFor, settleFor } from '../support/book-usage.ts';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type AddedService,
  type GatewayFixture,
} from './gateway-fixture.ts';

const NANO = 1_000_000n;
const CHAT = { model: 'small', messages: [{ role: 'user', content: 'Hi' }] };

let fixture: GatewayFixture;
let upstream: Upstream;
let service: AddedService;
let perCall: AddedPlan;
let llmPlan: AddedPlan;
/** Answers waiting to be let go, by path. */
let held: Map<string, () => void>;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  held = new Map();
  upstream = await startUpstream((request, response, recorded) => {
    request.on('end', () => {
      const { url } = recorded;
      const say = (): void => {
        response.statusCode = url.startsWith('/fail') ? 500 : 200;
        if (recorded.body.includes('"stream":true')) {
          response.setHeader('content-type', 'text/event-stream');
          const delta = JSON.stringify({
            choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }],
          });
          response.end(`data: ${delta}\n\ndata: [DONE]\n\n`);
          return;
        }
        response.setHeader('content-type', 'application/json');
        response.setHeader('x-serial', `${upstream.requests.length}`);
        response.end(
          url.startsWith('/long') ? `"${'x'.repeat(1_100_000)}"` : JSON.stringify({ echo: recorded.body }),
        );
      };
      if (url.startsWith('/half')) {
        response.write('half');
        held.set(url, () => response.end());
      } else if (url.startsWith('/wait')) held.set(url, say);
      else say();
    });
  });
  service = await fixture.addService({ baseUrl: upstream.url, slug: 'pay' });
  perCall = await fixture.addPlan(service, { kind: 'per_call', prices: { call: 1_000n * NANO } });
  const llm = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    slug: 'writer',
    kind: 'llm',
    upstream: { dialect: 'openai-chat', models: ['small'] },
  });
  llmPlan = await fixture.addPlan(llm, { kind: 'free' });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

function post(buyer: AddedBuyer, path: string, key: string, body = '{"a":1}'): Promise<Response> {
  return fixture.call(path, buyer.key.secret, {
    method: 'POST',
    headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    body,
  });
}
const asked = (path: string): number => upstream.requests.filter(({ url }) => url === path).length;
const buy = (): Promise<AddedBuyer> => fixture.addBuyer(perCall, { walletNanos: 100_000n * NANO });

describe('the same key', () => {
  it('gives the first answer again, calls upstream once and bills once', async () => {
    const buyer = await buy();
    const first = await post(buyer, '/proxy/v1/pay/orders', 'order-1');
    const second = await post(buyer, '/proxy/v1/pay/orders', 'order-1');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get('x-serial')).toBe(first.headers.get('x-serial'));
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('x-tollgate-original-request')).toBe(first.headers.get('x-request-id'));
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(second.headers.get('x-content-type-options')).toBe('nosniff');
    expect(asked('/orders')).toBe(1);
    const events = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(events.map(({ charge_nanos }) => charge_nanos)).toEqual(['1000']);
  });

  it('with another request is refused', async () => {
    const buyer = await buy();
    await post(buyer, '/proxy/v1/pay/other', 'order-2');
    const changed = await post(buyer, '/proxy/v1/pay/other', 'order-2', '{"a":2}');
    expect(changed.status).toBe(422);
    expect(await changed.json()).toMatchObject({ error: { code: 'idempotency_mismatch' } });
    expect((await post(buyer, '/proxy/v1/pay/elsewhere', 'order-2')).status).toBe(422);
    expect(asked('/other')).toBe(1);
  });

  it('of another buyer is another key', async () => {
    const [one, other] = [await buy(), await buy()];
    expect((await post(one, '/proxy/v1/pay/both', 'mine')).status).toBe(200);
    const answer = await post(other, '/proxy/v1/pay/both', 'mine');
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect(asked('/both')).toBe(2);
  });

  it('reaches the upstream as a key of its own for every buyer', async () => {
    const [one, other] = [
      await fixture.addBuyer(perCall, { walletNanos: 10_000n * NANO }),
      await fixture.addBuyer(perCall, { walletNanos: 10_000n * NANO }),
    ];
    const before = upstream.requests.length;
    for (const buyer of [one, other])
      expect((await post(buyer, '/proxy/v1/pay/scoped', 'order-1')).status).toBe(200);
    const sent = upstream.requests.slice(before).map(({ headers }) => headers['idempotency-key']);
    expect(sent).toHaveLength(2);
    expect(new Set([...sent, 'order-1']).size).toBe(3);
  });

  it('is no second bill when the caller left in the middle of an answer that was charged', async () => {
    const buyer = await fixture.addBuyer(perCall, { walletNanos: 10_000n * NANO });
    const abort = new AbortController();
    const first = await fixture.call('/proxy/v1/pay/half', buyer.key.secret, {
      method: 'POST',
      headers: { 'idempotency-key': 'half', 'content-type': 'application/json' },
      body: '{}',
      signal: abort.signal,
    });
    await first.body!.getReader().read();
    abort.abort();
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(event).toMatchObject({
      terminal_state: 'client_gone',
      charge_nanos: `${(1_000n * NANO) / 1_000_000n}`,
    });
    await until(
      'the key is remembered',
      async () => (await post(buyer, '/proxy/v1/pay/half', 'half', '{}')).status === 409,
    );
    expect(await fixture.events(buyer.organizationId)).toHaveLength(1);
    held.get('/half')?.();
  });

  it('while it runs is refused with 409, whoever of 50 comes first', async () => {
    const buyer = await buy();
    const calls = Array.from({ length: 50 }, () => post(buyer, '/proxy/v1/pay/wait/race', 'race'));
    const release = await until('the call to arrive', () => held.get('/wait/race'));
    await until('49 refusals', async () => {
      const [row] = await fixture.platform.database
        .sql`select coalesce(sum(refusals), 0)::int as refused from refusal_counts
             where organization_id = ${buyer.organizationId} and code = 'idempotency_in_progress'`;
      return row!['refused'] === 49;
    });
    release();
    const answers = await Promise.all(calls);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(49);
    for (const answer of refused) expect(answer.headers.get('retry-after')).toBe('1');
    expect(asked('/wait/race')).toBe(1);
    expect((await post(buyer, '/proxy/v1/pay/wait/race', 'race')).headers.get('idempotent-replayed')).toBe(
      'true',
    );
    expect(await fixture.waitForEvents(buyer.organizationId, 1)).toHaveLength(1);
    const { available, held: heldNanos } = await fixture.wallet(buyer.organizationId);
    expect([available, heldNanos]).toEqual([100_000n * NANO - 1_000n, 0n]);
  });

  it('is free again when the call failed', async () => {
    const buyer = await buy();
    expect((await post(buyer, '/proxy/v1/pay/fail', 'again')).status).toBe(500);
    const second = await post(buyer, '/proxy/v1/pay/fail', 'again');
    expect(second.headers.get('idempotent-replayed')).toBeNull();
    expect(asked('/fail')).toBe(2);
    const poor = await fixture.addBuyer(perCall);
    expect((await post(poor, '/proxy/v1/pay/poor', 'again')).status).toBe(402);
    expect((await post(poor, '/proxy/v1/pay/poor', 'again')).status).toBe(402);
  });

  /** As if the process had been killed before it could keep the answer, and its time was over. */
  const die = (buyer: AddedBuyer, requestId: string) => fixture.platform.database
    .sql`update idempotent_answers
    set state = 'running', status_code = null, headers = null, body_envelope = null, request_id = ${requestId},
      expires_at = now() - interval '1 second' where organization_id = ${buyer.organizationId}`;

  it('is free again when its call’s process died before the call was settled', async () => {
    const buyer = await buy();
    await post(buyer, '/proxy/v1/pay/dead', 'dead');
    await die(buyer, newId('request'));
    const again = await post(buyer, '/proxy/v1/pay/dead', 'dead');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
    expect(asked('/dead')).toBe(2);
  });

  it('is no second bill when its call’s process died between the settle and keeping the answer', async () => {
    const buyer = await buy();
    const first = await post(buyer, '/proxy/v1/pay/charged', 'charged');
    const requestId = first.headers.get('x-request-id')!;
    await die(buyer, requestId);
    const paid = await fixture.wallet(buyer.organizationId);
    for (let i = 0; i < 2; i++) {
      const again = await post(buyer, '/proxy/v1/pay/charged', 'charged');
      expect([again.status, await again.json()]).toMatchObject([
        409,
        {
          error: {
            code: 'conflict',
            message: expect.stringContaining(
              `was completed and charged as ${requestId}; its answer was not kept`,
            ),
            original_request: requestId,
          },
        },
      ]);
      await deleteExpiredAnswers(
        fixture.platform.createContext({ type: 'system', job: 'delete_expired_answers' }),
      );
    }
    expect(asked('/charged')).toBe(1);
    expect(await fixture.wallet(buyer.organizationId)).toEqual(paid);
    expect((await post(buyer, '/proxy/v1/pay/other', 'charged')).status).toBe(422);
    await fixture.platform.database.sql`update idempotent_answers set created_at = now() - interval '25 hours'
      where organization_id = ${buyer.organizationId}`;
    expect((await post(buyer, '/proxy/v1/pay/charged', 'charged')).status).toBe(200);
  });

  it('is no second bill for units of a quota either', async () => {
    const plan = await fixture.addPlan(service, {
      kind: 'flat',
      quotas: [{ meter: 'call', includedUnits: 100, overage: 'hard_stop' }],
    });
    const buyer = await fixture.addBuyer(plan);
    const first = await post(buyer, '/proxy/v1/pay/units', 'units');
    expect(first.status).toBe(200);
    await die(buyer, first.headers.get('x-request-id')!);
    expect((await post(buyer, '/proxy/v1/pay/units', 'units')).status).toBe(409);
    expect(asked('/units')).toBe(1);
  });

  it('is no second bill while the first one is on its way, nor when it came late', async () => {
    const buyer = await buy();
    await post(buyer, '/proxy/v1/pay/late', 'late');
    const call = { requestId: newId('request'), buyer, seller: service };
    expect(await holdFor(fixture.platform, call, 5_000n)).toBe(true);
    await die(buyer, call.requestId);
    const again = async () => {
      const answer = await post(buyer, '/proxy/v1/pay/late', 'late');
      const { error } = (await answer.json()) as { error: { code: string } };
      return error.code;
    };
    // Its process may have answered and be gone, with the settle on its disk.
    const forget = () =>
      deleteExpiredAnswers(fixture.platform.createContext({ type: 'system', job: 'delete_expired_answers' }));
    await forget();
    expect(await again()).toBe('idempotency_in_progress');
    const { sql } = fixture.platform.database;
    await sql`update holds set expires_at = now() - interval '1 second' where request_id = ${call.requestId}`;
    await sql`select release_expired_holds(100)`;
    await settleFor(fixture.platform, call, 5_000n);
    await forget();
    expect(await again()).toBe('conflict');
    expect(asked('/late')).toBe(1);
  });

  it('remembers a call whose answer was too long to keep, and does not make it again', async () => {
    const buyer = await buy();
    expect((await (await post(buyer, '/proxy/v1/pay/long', 'long')).text()).length).toBe(1_100_002);
    const second = await until('the key to be done', async () => {
      const answer = await post(buyer, '/proxy/v1/pay/long', 'long');
      const { error } = (await answer.json()) as { error: { code: string } };
      return error.code === 'conflict' && answer;
    });
    expect(second.status).toBe(409);
    expect(asked('/long')).toBe(1);
  });
});

it('of an organization that has kept a day’s worth of answers is remembered without the answer', async () => {
  const buyer = await buy();
  const kept = keptBytesOf(buyer.organizationId);
  await fixture.platform.store.rateLimits.take([kept], kept.limit);
  expect((await post(buyer, '/proxy/v1/pay/hoard', 'hoard')).status).toBe(200);
  const second = await post(buyer, '/proxy/v1/pay/hoard', 'hoard');
  expect([second.status, await second.json()]).toMatchObject([409, { error: { code: 'conflict' } }]);
  expect(asked('/hoard')).toBe(1);
});

it('in another conversation is refused, not answered with what was said in the first', async () => {
  const { organizationId, key } = await fixture.addBuyer(llmPlan);
  await fixture.platform.db
    .update(organizations)
    .set({ conversationRetentionDays: 1 })
    .where(eq(organizations.id, organizationId));
  const ask = (conversation: string): Promise<Response> =>
    fixture.call('/v1/chat/completions', key.secret, {
      method: 'POST',
      headers: {
        'idempotency-key': 'turn',
        'content-type': 'application/json',
        'x-tollgate-conversation': conversation,
      },
      body: JSON.stringify(CHAT),
    });
  expect([(await ask('one')).status, (await ask('one')).status]).toEqual([200, 200]);
  const other = await ask('two');
  expect([other.status, other.headers.get('idempotent-replayed')]).toEqual([422, null]);
});

it('replays an LLM’s stream byte for byte, as a stream', async () => {
  const buyer = await fixture.addBuyer(llmPlan);
  const body = JSON.stringify({ ...CHAT, stream: true });
  const before = upstream.requests.length;
  const first = await post(buyer, '/v1/chat/completions', 'chat', body);
  const text = await first.text();
  expect(text).toContain('[DONE]');
  const second = await post(buyer, '/v1/chat/completions', 'chat', body);
  expect(second.headers.get('content-type')).toBe('text/event-stream');
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(await second.text()).toBe(text);
  expect(upstream.requests.length - before).toBe(1);
});

it('refuses keys that are none, and bodies it cannot compare', async () => {
  const buyer = await buy();
  expect((await post(buyer, '/proxy/v1/pay/x', 'k'.repeat(256))).status).toBe(400);
  const large = await post(buyer, '/proxy/v1/pay/x', 'large', 'x'.repeat(1_100_000));
  expect(large.status).toBe(400);
  expect(await large.json()).toMatchObject({ error: { param: 'idempotency-key' } });
  expect(asked('/x')).toBe(0);
});

it('keeps answers sealed, and forgets them after their time', async () => {
  const buyer = await buy();
  await post(buyer, '/proxy/v1/pay/secret', 'secret', '{"pin":"4711"}');
  const { sql } = fixture.platform.database;
  const read = () =>
    sql`select body_envelope from idempotent_answers where organization_id = ${buyer.organizationId}`;
  const [row] = await read();
  expect(row!['body_envelope']).toMatch(/^v1\./);
  expect(row!['body_envelope']).not.toContain('4711');
  await sql`update idempotent_answers set expires_at = now() - interval '1 second'
            where organization_id = ${buyer.organizationId}`;
  await deleteExpiredAnswers(
    fixture.platform.createContext({ type: 'system', job: 'delete_expired_answers' }),
  );
  expect(await read()).toHaveLength(0);
});
