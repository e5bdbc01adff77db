/** What official SDKs make of an upstream that is busy or away, and that their own retries get through. */
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let upstream: Upstream;
/** Statuses of the next answers; 0 is a cut connection. Then all is well. */
let script: number[];

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response) => {
    request.resume();
    request.on('end', () => {
      const status = script.shift() ?? 200;
      if (status === 0) return void response.socket!.destroy();
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(status === 429 && { 'retry-after': '1' }),
      });
      const message = { role: 'assistant', content: 'hello' };
      const answer = {
        id: 'c',
        model: 'm',
        created: 1,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
      };
      response.end(JSON.stringify(status === 200 ? answer : { error: { message: 'busy', type: 'busy' } }));
    });
  });
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

type Ask = (apiKey: string, model: string, maxRetries: number) => Promise<unknown>;

const messages = [{ role: 'user' as const, content: 'hi' }];
const SDKS: { sdk: string; ask: Ask; limited: unknown; failed: unknown }[] = [
  {
    sdk: 'openai',
    ask: (apiKey, model, maxRetries) =>
      new OpenAI({ apiKey, baseURL: `${fixture.url}/v1`, maxRetries }).chat.completions.create({
        model,
        messages,
      }),
    limited: OpenAI.RateLimitError,
    failed: OpenAI.InternalServerError,
  },
  {
    sdk: '@anthropic-ai/sdk',
    ask: (apiKey, model, maxRetries) =>
      new Anthropic({ apiKey, authToken: null, baseURL: fixture.url, maxRetries }).messages.create({
        model,
        messages,
        max_tokens: 10,
      }),
    limited: Anthropic.RateLimitError,
    failed: Anthropic.InternalServerError,
  },
  {
    sdk: '@google/genai',
    ask: (apiKey, model, maxRetries) =>
      new GoogleGenAI({
        apiKey,
        httpOptions: { baseUrl: fixture.url, retryOptions: { attempts: maxRetries + 1 } },
      }).models.generateContent({ model, contents: 'hi' }),
    limited: ApiError,
    failed: ApiError,
  },
];

/** Its own service, so that no upstream is still resting from the test before. */
async function newCaller(): Promise<{ key: string; model: string }> {
  const service = await fixture.addService({
    baseUrl: `${upstream.url}/v1`,
    kind: 'llm',
    // Tries of ours would spare the SDKs what this is about.
    upstream: { dialect: 'openai-chat', models: ['m'], maxRetries: 0 },
    credential: { placement: 'bearer', secret: 'sk-seller-retries' },
  });
  const buyer = await fixture.addBuyer(await fixture.addPlan(service, { kind: 'free' }));
  upstream.requests.length = 0;
  return { key: buyer.key.secret, model: `${service.slug}/m` };
}

describe.each(SDKS)('$sdk', ({ sdk, ask, limited, failed }) => {
  it.each([
    ['429', 429, 429, limited],
    ['503', 503, 503, failed],
    ['a cut connection', 0, 502, failed],
  ])('throws its own error for %s of the upstream', async (_words, status, seen, kind) => {
    const { key, model } = await newCaller();
    script = [status];
    const error = await ask(key, model, 0).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status: seen });
  });

  it.each([
    ['503', 503],
    ['a cut connection', 0],
  ])('gets through by its own retries after %s', async (_words, status) => {
    const { key, model } = await newCaller();
    script = [status];
    await ask(key, model, 2);
    expect(upstream.requests).toHaveLength(2);
  });

  it('comes back after 429, when Retry-After is over where it reads that', async () => {
    const { key, model } = await newCaller();
    script = [429];
    const startedAt = performance.now();
    // Google's SDK does not read Retry-After, and needs as many attempts as the second lasts.
    await ask(key, model, 4);
    if (sdk !== '@google/genai') expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(upstream.requests).toHaveLength(2);
  });
});
