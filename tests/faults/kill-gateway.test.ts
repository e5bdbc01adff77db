/**
 * The process is killed under load, again and again: money must come out exact all the same. What was
 * delivered is billed, nothing is billed twice, nothing is billed that the seller did not serve, every
 * call that the seller served has one record, and nothing stays held.
 */
import { once } from 'node:events';
import { request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../app/domain/ledger/index.ts';
import { getWallet, releaseExpiredHolds } from '../../app/domain/wallets/index.ts';
import {
  makeBuyer,
  makeSeller,
  makeService,
  makeSubscriptionWithKey,
  type Person,
} from '../support/factories.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';
import { findFreePort } from '../support/ports.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { startGateway } from './start-gateway.ts';

const KILLS = 20;
/** Between a process that listens and its end. */
const LIFE_MS = 1_500;
/** 200 a second. */
const EVERY_MS = 5;
const MODEL = 'steady-1';

type Kind = 'rest' | 'chat' | 'stream';
/** Seven of ten answers come whole. */
const MIX: Kind[] = ['rest', 'chat', 'stream', 'rest', 'chat', 'rest', 'stream', 'rest', 'chat', 'stream'];

let platform: TestPlatform;
let upstream: Upstream;
let buyer: Person;
let slugs: { rest: string; llm: string };
let keys: { rest: string; llm: string };
/** Ids that the seller answered in full or in part. */
const served = new Set<string>();

beforeAll(async () => {
  platform = await createTestPlatform();
  upstream = await startUpstream(async (request, response) => {
    served.add(String(request.headers['x-request-id']));
    let body = '';
    for await (const chunk of request) body += String(chunk);
    await sleep(20 + Math.random() * 60);
    if (!body.includes('"stream":true')) return answerWhole(response, body !== '');
    return answerStream(response);
  });
  const seller = await makeSeller(platform);
  const rest = await makeService(seller, {
    upstream,
    plans: [{ name: 'Per call', kind: 'per_call', callPrice: '0.001' }],
  });
  const llm = await makeService(seller, {
    upstream,
    kind: 'llm',
    dialect: 'openai-chat',
    models: [MODEL],
    plans: [{ name: 'Per token', kind: 'per_token', inputPrice: '1', outputPrice: '10' }],
  });
  buyer = await makeBuyer(platform, { balance: '100000' });
  slugs = { rest: rest.service.slug, llm: llm.service.slug };
  keys = {
    rest: (await makeSubscriptionWithKey(buyer, rest)).secret,
    llm: (await makeSubscriptionWithKey(buyer, llm)).secret,
  };
});
afterAll(async () => {
  await upstream.close();
  await platform.close();
});

type Response = Parameters<Parameters<typeof startUpstream>[0] & object>[1];
const USAGE = { prompt_tokens: 40, completion_tokens: 20, total_tokens: 60 };

function answerWhole(response: Response, isChat: boolean): void {
  const answer = isChat
    ? {
        ...{ id: 'c', object: 'chat.completion', model: MODEL, created: 1, usage: USAGE },
        choices: [{ index: 0, message: { role: 'assistant', content: 'Done.' }, finish_reason: 'stop' }],
      }
    : { done: true };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
}

async function answerStream(response: Response): Promise<void> {
  response.setHeader('content-type', 'text/event-stream');
  const chunk = (rest: object) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: MODEL, ...rest })}\n\n`;
  for (let i = 0; i < 10; i++) {
    if (response.destroyed) return;
    response.write(chunk({ choices: [{ index: 0, delta: { content: `word${i} ` }, finish_reason: null }] }));
    await sleep(30);
  }
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  response.write(chunk({ choices: [], usage: USAGE }));
  response.end('data: [DONE]\n\n');
}

interface Sent {
  kind: Kind;
  /** Null: the gateway never said. */
  id: string | null;
  /** The whole answer arrived. */
  whole: boolean;
}

/** Resolves when the connection is over, whatever came. */
function call(port: number, kind: Kind): Promise<Sent> {
  const isRest = kind === 'rest';
  const body = isRest
    ? ''
    : JSON.stringify({
        model: MODEL,
        max_tokens: 200,
        messages: [{ role: 'user', content: 'Say something steady.' }],
        ...(kind === 'stream' && { stream: true, stream_options: { include_usage: true } }),
      });
  return new Promise((resolve) => {
    const sent: Sent = { kind, id: null, whole: false };
    const request = send(
      {
        port,
        host: '127.0.0.1',
        agent: false,
        method: isRest ? 'GET' : 'POST',
        path: isRest ? `/proxy/v1/${slugs.rest}/thing` : `/llm/${slugs.llm}/v1/chat/completions`,
        headers: {
          authorization: `Bearer ${isRest ? keys.rest : keys.llm}`,
          ...(!isRest && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        let text = '';
        sent.id = String(response.headers['x-request-id']);
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('close', () => {
          const ended = kind === 'stream' ? text.includes('data: [DONE]') : response.complete;
          sent.whole = response.statusCode === 200 && ended;
          resolve(sent);
        });
        response.on('error', () => undefined);
      },
    );
    request.on('error', () => resolve(sent));
    request.end(body);
  });
}

const count = async (query: ReturnType<typeof sql>): Promise<number> =>
  Number(
    (await platform.db.execute<{ n: string }>(sql`select count(*) as n from (${query}) as found`))[0]!.n,
  );

describe('a gateway that is killed under load', () => {
  it('bills what was delivered, once, and leaves nothing held', async () => {
    const options = {
      databaseUrl: platform.databaseUrl,
      dataDir: platform.dataDir,
      egressAllow: upstream.hostAndPort,
      port: await findFreePort(),
    };
    const all: Promise<Sent>[] = [];
    let inFlightAtKills = 0;
    /** Answered calls that a dead process had written down, and not settled. */
    let journalled = 0;
    /** Processes, dead ones before it included, that had money set aside for calls to come. */
    let allowed = 0;
    let running = 0;
    for (let kill = 0; kill <= KILLS; kill++) {
      const gateway = await startGateway(options);
      const until = Date.now() + LIFE_MS;
      for (let i = 0; Date.now() < until; i++) {
        running++;
        all.push(call(options.port, MIX[i % MIX.length]!).finally(() => running--));
        await sleep(EVERY_MS);
      }
      const gone = once(gateway, 'exit');
      // The last one may finish what it has.
      if (kill < KILLS) inFlightAtKills += running;
      gateway.kill(kill < KILLS ? 'SIGKILL' : 'SIGTERM');
      await gone;
      journalled += await count(sql`select 1 from settle_journal`);
      allowed += await count(sql`select 1 from allowances where expires_at > now()`);
    }
    const sent = await Promise.all(all);
    // Holds of dead processes, and what they had set aside, are past their time now, and the sweeper comes.
    await platform.db.execute(sql`update holds set expires_at = now() - interval '1 second'`);
    await platform.db.execute(sql`update allowances set expires_at = now() - interval '1 second'`);
    const system = platform.createContext({ type: 'system', job: 'test' });
    await releaseExpiredHolds(system);

    const whole = sent.filter((one) => one.whole).map(({ id }) => id!);
    const events = await platform.db.execute<{
      request_id: string;
      charge_nanos: string;
      error_code: string | null;
    }>(
      sql`select request_id, charge_nanos, error_code from usage_events
          where organization_id = ${buyer.organizationId}`,
    );
    const byId = new Map(events.map((event) => [event.request_id, event]));
    const billed = events.filter(({ charge_nanos }) => BigInt(charge_nanos) > 0n);
    const figures = {
      sent: sent.length,
      served: served.size,
      delivered: whole.length,
      billed: billed.length,
      indeterminate: events.filter(({ error_code }) => error_code === 'internal').length,
      inFlightAtKills,
      journalled,
      allowed,
    };
    process.stdout.write(`${JSON.stringify({ check: 'crash-exact', ...figures })}\n`);

    // The run was one: enough calls, of which the kills cut some off.
    expect(figures.delivered).toBeGreaterThan(KILLS * 20);
    expect(figures.sent).toBeGreaterThan(figures.delivered);
    expect(journalled).toBeGreaterThan(0);
    expect(allowed).toBeGreaterThan(0);
    // (a) delivered and not billed
    expect(whole.filter((id) => BigInt(byId.get(id)?.charge_nanos ?? 0) === 0n)).toEqual([]);
    // (b) billed more than once, events that correct another included
    expect(
      await count(sql`select 1 from usage_events group by organization_id, coalesce(trace ->> 'corrects', request_id)
        having count(*) filter (where charge_nanos > 0) > 1`),
    ).toBe(0);
    // (c) billed and not served
    expect(billed.filter(({ request_id }) => !served.has(request_id))).toEqual([]);
    // (d) served without a record, and records that leave open what was delivered
    expect([...served].filter((id) => !byId.has(id))).toEqual([]);
    expect(figures.indeterminate).toBeLessThanOrEqual(inFlightAtKills);
    // (e) nothing held, nothing left to be settled, and the books are right
    expect((await getWallet(buyer.ctx)).heldNanos).toBe(0n);
    expect(await count(sql`select 1 from settle_journal`)).toBe(0);
    expect(await verifyLedger(system)).toMatchObject({ ok: true, problems: [] });
  }, 600_000);
});
