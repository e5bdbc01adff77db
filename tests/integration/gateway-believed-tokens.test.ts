/** Tokens that nobody here can see: pictures, stored turns, hidden thoughts. What is true of them is paid, lies are not. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  createGatewayFixture,
  type AddedBuyer,
  type AddedPlan,
  type GatewayFixture,
} from './gateway-fixture.ts';

/** One nano an input token, ten an output token. */
const PRICES = { input_token: 1_000_000n, output_token: 10_000_000n };
const WALLET = 1_000_000_000n;

let fixture: GatewayFixture;
let upstream: Upstream;
let answer: (response: ServerResponse) => void;
const plans = {} as Record<'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini', AddedPlan>;

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream(async (request, response) => {
    await new Promise((resolve) => request.once('end', resolve));
    answer(response);
  });
  for (const dialect of ['openai-chat', 'openai-responses', 'anthropic', 'gemini'] as const) {
    const service = await fixture.addService({
      baseUrl: upstream.url,
      kind: 'llm',
      upstream: { dialect, models: [dialect] },
    });
    plans[dialect] = await fixture.addPlan(service, { kind: 'per_token', prices: PRICES });
  }
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

const json = (body: unknown) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
};
const events =
  (...list: unknown[]) =>
  (response: ServerResponse) => {
    response.setHeader('content-type', 'text/event-stream');
    response.end(list.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('') + 'data: [DONE]\n\n');
  };

/** What one call costs a new buyer, in nanos. */
async function costOf(dialect: keyof typeof plans, path: string, body: BodyInit | object): Promise<bigint> {
  const buyer: AddedBuyer = await fixture.addBuyer(plans[dialect], { walletNanos: WALLET });
  const isForm = body instanceof FormData;
  const sent = await fixture.call(path, buyer.key.secret, {
    method: 'POST',
    ...(isForm ? {} : { headers: { 'content-type': 'application/json' } }),
    body: isForm ? body : JSON.stringify({ model: dialect, ...(body as object) }),
  });
  await sent.text();
  expect(sent.status).toBe(200);
  const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
  return BigInt(event!.charge_nanos);
}

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries({ model: 'openai-chat', ...fields })) data.set(name, value);
  data.set('file', new Blob(['x'.repeat(8_000)]), 'a.bin');
  return data;
}

describe('pictures', () => {
  const usage = { input_tokens: 10, output_tokens: 6_208, total_tokens: 6_218 };
  const asked = { prompt: 'a picture of a house', quality: 'high' };
  const COST = 10n + 62_080n;

  it('are paid by the tokens that the upstream states', async () => {
    answer = json({ created: 1, data: [{ b64_json: 'AAAA' }], usage });
    expect(await costOf('openai-chat', '/v1/images/generations', asked)).toBe(COST);
  });

  it('are paid also when they are large, and nothing is made up where nothing is stated', async () => {
    const b64_json = 'A'.repeat(3_000_000);
    answer = json({ created: 1, data: [{ b64_json }], usage });
    expect(await costOf('openai-chat', '/v1/images/generations', asked)).toBe(COST);
    answer = json({ created: 1, data: [{ b64_json }] });
    expect(await costOf('openai-chat', '/v1/images/generations', asked)).toBeLessThan(100n);
  });

  it('are paid when they are streamed', async () => {
    answer = events(
      { type: 'image_generation.partial_image', b64_json: 'A'.repeat(500_000) },
      { type: 'image_generation.completed', b64_json: 'A'.repeat(500_000), usage },
    );
    expect(await costOf('openai-chat', '/v1/images/generations', { ...asked, stream: true })).toBe(COST);
  });

  it('are paid each, also where a form asks for several', async () => {
    answer = json({ data: [], usage: { ...usage, output_tokens: 2 * 6_208 } });
    const cost = 10n + 2n * 62_080n;
    expect(await costOf('openai-chat', '/v1/images/generations', { ...asked, n: 2 })).toBe(cost);
    expect(await costOf('openai-chat', '/v1/images/edits', form({ prompt: 'x', n: '2' }))).toBe(cost);
  });

  it('are not paid beyond what such pictures come to', async () => {
    answer = json({ data: [], usage: { ...usage, output_tokens: 90_000_000 } });
    expect(
      await costOf('openai-chat', '/v1/images/generations', { prompt: 'x', quality: 'low' }),
    ).toBeLessThan(20_000n);
  });

  it.each(['0', '-1', '129', 'many', '1e3'])('of a form are refused when their number is %s', async (n) => {
    const buyer = await fixture.addBuyer(plans['openai-chat'], { walletNanos: WALLET });
    const before = upstream.requests.length;
    const sent = await fixture.call('/v1/images/edits', buyer.key.secret, {
      method: 'POST',
      body: form({ n }),
    });
    expect([sent.status, ((await sent.json()) as { error: { param: string } }).error.param]).toEqual([
      400,
      'n',
    ]);
    expect(upstream.requests).toHaveLength(before);
  });
});

it('words of a recording are paid by the tokens that the upstream states', async () => {
  const usage = { type: 'tokens', input_tokens: 100, output_tokens: 50, total_tokens: 150 };
  answer = json({ text: 'Hello', usage });
  expect(await costOf('openai-chat', '/v1/audio/transcriptions', form({}))).toBe(600n);
  answer = events({ type: 'transcript.text.delta', delta: 'Hello' }, { type: 'transcript.text.done', usage });
  expect(await costOf('openai-chat', '/v1/audio/transcriptions', form({ stream: 'true' }))).toBe(600n);
});

describe('input that a request only points to', () => {
  const TOKENS = 50_000;
  const responses = { output: [], usage: { input_tokens: TOKENS, output_tokens: 1 } };
  const chat = { choices: [], usage: { prompt_tokens: TOKENS, completion_tokens: 1 } };
  const message = { content: [], usage: { input_tokens: TOKENS, output_tokens: 1 } };
  const content = {
    candidates: [{ finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: TOKENS, candidatesTokenCount: 1 },
  };
  const user = (part: object) => [{ role: 'user', content: [part] }];
  const contents = (part: object) => [{ role: 'user', parts: [part] }];
  const generate = '/v1beta/models/gemini:generateContent';

  it.each([
    [
      'a stored response',
      'openai-responses',
      '/v1/responses',
      { input: 'x', previous_response_id: 'resp_1' },
      responses,
    ],
    [
      'a stored conversation',
      'openai-responses',
      '/v1/responses',
      { input: 'x', conversation: 'conv_1' },
      responses,
    ],
    [
      'a file',
      'openai-responses',
      '/v1/responses',
      { input: user({ type: 'input_file', file_id: 'file_1' }) },
      responses,
    ],
    [
      'what a search finds',
      'openai-responses',
      '/v1/responses',
      { input: 'x', tools: [{ type: 'web_search' }] },
      responses,
    ],
    [
      'a file in a chat',
      'openai-chat',
      '/v1/chat/completions',
      { messages: user({ type: 'file', file: { file_id: 'file_1' } }) },
      chat,
    ],
    [
      'Anthropic’s search',
      'anthropic',
      '/v1/messages',
      {
        max_tokens: 9,
        messages: [{ role: 'user', content: 'x' }],
        tools: [{ type: 'web_search_20250305', name: 'web_search' }],
      },
      message,
    ],
    [
      'Anthropic’s files',
      'anthropic',
      '/v1/messages',
      { max_tokens: 9, messages: user({ type: 'document', source: { type: 'file', file_id: 'file_1' } }) },
      message,
    ],
    [
      'Google’s cache',
      'gemini',
      generate,
      { cachedContent: 'cachedContents/1', contents: contents({ text: 'x' }) },
      content,
    ],
    [
      'Google’s files',
      'gemini',
      generate,
      { contents: contents({ fileData: { fileUri: 'https://example.com/film' } }) },
      content,
    ],
    [
      'Google’s search',
      'gemini',
      generate,
      { contents: contents({ text: 'x' }), tools: [{ googleSearch: {} }] },
      content,
    ],
  ] as const)('is paid: %s', async (_name, dialect, path, body, said) => {
    answer = json(said);
    expect(await costOf(dialect, path, body)).toBe(BigInt(TOKENS) + 10n);
  });

  it('is not believed of a request that points to nothing', async () => {
    answer = json(responses);
    const own = { input: 'x', tools: [{ type: 'function', name: 'f', parameters: {} }] };
    expect(await costOf('openai-responses', '/v1/responses', own)).toBeLessThan(50_000n);
  });
});

describe('thoughts that nobody was shown', () => {
  const thought = (tokens: number) =>
    json({
      choices: [{ index: 0, message: { content: 'No.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: tokens },
    });
  const messages = [{ role: 'user', content: 'Is it true?' }];

  it('are paid where the caller set no bound', async () => {
    answer = thought(20_000);
    expect(await costOf('openai-chat', '/v1/chat/completions', { messages })).toBe(200_001n);
  });

  it('are paid as far as the caller’s bound goes', async () => {
    answer = thought(20_000);
    const cost = await costOf('openai-chat', '/v1/chat/completions', { messages, max_tokens: 1_000 });
    expect(cost).toBeLessThan(11_000n);
  });

  it('are not believed without end', async () => {
    answer = thought(9_000_000);
    expect(await costOf('openai-chat', '/v1/chat/completions', { messages })).toBeLessThan(400_000n);
  });
});

describe('where the upstream states no tokens', () => {
  interface Told {
    usage: { input_tokens: number; output_tokens: number };
  }
  const words = 'a word or two '.repeat(20);
  const asked = { model: 'openai-chat', max_tokens: 500, messages: [{ role: 'user', content: words }] };
  const whole = { choices: [{ index: 0, message: { content: words }, finish_reason: 'stop' }] };
  const chunk = (delta: object, finish_reason: string | null) => ({
    choices: [{ index: 0, delta, finish_reason }],
  });

  async function askedAs(body: object) {
    const buyer = await fixture.addBuyer(plans['openai-chat'], { walletNanos: WALLET });
    const sent = await fixture.call('/v1/messages', buyer.key.secret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await sent.text();
    const [event] = await fixture.waitForEvents(buyer.organizationId, 1);
    return { text, charge: BigInt(event!.charge_nanos) };
  }

  it('a caller of another dialect is told those that are charged', async () => {
    answer = json(whole);
    const { text, charge } = await askedAs(asked);
    const { usage } = JSON.parse(text) as Told;
    expect(usage.output_tokens).toBeGreaterThan(50);
    expect(BigInt(usage.input_tokens) + BigInt(usage.output_tokens) * 10n).toBe(charge);
  });

  it('so is one who streams', async () => {
    answer = events(chunk({ content: words }, null), chunk({}, 'stop'));
    const streamed = await askedAs({ ...asked, stream: true });
    const [, delta] = /event: message_delta\ndata: (.*)\n/.exec(streamed.text)!;
    const { usage } = JSON.parse(delta!) as Told;
    expect(BigInt(usage.input_tokens) + BigInt(usage.output_tokens) * 10n).toBe(streamed.charge);
  });
});
