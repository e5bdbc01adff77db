/** Answers that are kept whole have one bound for the process: beyond it a call is refused, and pays nothing. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedBuyer, type GatewayFixture } from './gateway-fixture.ts';

const WALLET = 1_000_000_000n;
const BOUND = 100_000;
const USAGE = {
  anthropic: { input_tokens: 5, output_tokens: 2 },
  'openai-chat': { prompt_tokens: 5, completion_tokens: 2 },
};

let fixture: GatewayFixture;
let upstream: Upstream;
let buyers: Record<keyof typeof USAGE, AddedBuyer>;
/** Answers of which the end is missing. */
const begun: ServerResponse[] = [];
let text = '';
let hold = false;

beforeAll(async () => {
  fixture = await createGatewayFixture({ limits: { maxBufferedBytes: BOUND } });
  upstream = await startUpstream((request, response) => {
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      const answer = request.url!.includes('messages')
        ? { model: 'm', content: [{ type: 'text', text }], stop_reason: 'end_turn', usage: USAGE.anthropic }
        : {
            choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
            usage: USAGE['openai-chat'],
          };
      const json = JSON.stringify(answer);
      response.write(json.slice(0, -1));
      if (hold) begun.push(response);
      else response.end('}');
    });
  });
  const add = async (dialect: keyof typeof USAGE): Promise<AddedBuyer> => {
    const service = await fixture.addService({
      baseUrl: upstream.url,
      kind: 'llm',
      slug: dialect,
      upstream: { dialect, models: ['m'] },
    });
    const prices = { input_token: 1_000_000n, output_token: 1_000_000n };
    return fixture.addBuyer(await fixture.addPlan(service, { kind: 'per_token', prices }), {
      walletNanos: WALLET,
    });
  };
  buyers = { anthropic: await add('anthropic'), 'openai-chat': await add('openai-chat') };
});

afterEach(() => {
  hold = false;
  for (const response of begun.splice(0)) response.end('}');
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

const ask = (slug: keyof typeof USAGE, init: RequestInit = {}): Promise<Response> =>
  fixture.call(`/llm/${slug}/v1/chat/completions`, buyers[slug].key.secret, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
    ...init,
  });

describe.each(['anthropic', 'openai-chat'] as const)('answers of %s that are kept', (slug) => {
  it('beyond the bound of all calls end with 503, and cost nothing', async () => {
    text = 'a'.repeat(0.6 * BOUND);
    hold = true;
    const first = ask(slug);
    await until('the first answer to be kept', () => begun.length === 1);
    const { organizationId } = buyers[slug];
    const before = (await fixture.events(organizationId)).length;
    const refused = await until('an answer that has no room', async () => {
      const answer = await ask(slug, { signal: AbortSignal.timeout(500) }).catch(() => null);
      return answer?.status === 503 && answer;
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('x-error-source')).toBe('gateway');
    expect(await refused.json()).toMatchObject({ error: { code: 'overloaded' } });
    const events = await fixture.waitForEvents(organizationId, before + 1);
    expect(events).toContainEqual(
      expect.objectContaining({ error_code: 'overloaded', fault: 'platform', charge_nanos: '0' }),
    );
    hold = false;
    for (const response of begun.splice(0)) response.end('}');
    expect((await first).status).toBe(200);
    await until('room again', async () => (await ask(slug)).status === 200);
  });

  it('are forgotten when their callers leave', async () => {
    text = 'a'.repeat(0.9 * BOUND);
    hold = true;
    const leaving = new AbortController();
    const first = ask(slug, { signal: leaving.signal });
    await until('the answer to begin', () => begun.length === 1);
    leaving.abort();
    await expect(first).rejects.toThrow();
    hold = false;
    await until('room again', async () => (await ask(slug)).status === 200);
  });
});
