/** A stream whose caller has no more money: what is paid for arrives, then every official SDK throws an error of its own. */
import type { ServerResponse } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialectOf } from '../../app/gateway/dialects/index.ts';
import type { NeutralEvent } from '../../app/gateway/dialects/neutral.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { createGatewayFixture, type AddedPlan, type GatewayFixture } from './gateway-fixture.ts';

/** Nanos a token; input costs one. */
const OUTPUT = 1_000n;
/** About a token. */
const WORD = 'four';
/** Beyond the first slice of 1 024 tokens, and far below what is asked for. */
const WALLET = 1_500n * OUTPUT;
const MAX_TOKENS = 64_000;
const SPOKEN = ['openai-chat', 'openai-responses', 'anthropic', 'gemini'] as const;

let fixture: GatewayFixture;
let upstream: Upstream;
let speak: (typeof SPOKEN)[number];
const plans = new Map<string, AddedPlan>();

beforeAll(async () => {
  fixture = await createGatewayFixture();
  upstream = await startUpstream((request, response) => {
    request.resume();
    request.on('end', () => void talk(response));
  });
  for (const dialect of SPOKEN) {
    const service = await fixture.addService({
      baseUrl: upstream.url,
      slug: dialect,
      kind: 'llm',
      upstream: { dialect, models: ['m'] },
    });
    const prices = { input_token: 1_000_000n, output_token: OUTPUT * 1_000_000n };
    plans.set(dialect, await fixture.addPlan(service, { kind: 'per_token', prices }));
  }
});

afterAll(async () => {
  await fixture?.close();
  await upstream?.close();
});

/** Four thousand words, as long as somebody listens. */
async function talk(response: ServerResponse): Promise<void> {
  const dialect = dialectOf(speak);
  const request = dialectOf('openai-chat').parseRequest(
    { model: 'm', stream: true, messages: [{ role: 'user', content: 'x' }] },
    { model: null, stream: null },
  );
  const writer = dialect.openWriter(request);
  const write = (event: NeutralEvent) => response.write(writer.write(event));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  write({ type: 'start', id: 'answer-1', model: 'm', created: 5 });
  for (let i = 0; i < 40 && !response.destroyed; i++) {
    write({ type: 'text', choice: 0, text: WORD.repeat(100) });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  write({ type: 'stop', choice: 0, reason: 'stop' });
  write({ type: 'end' });
  response.end();
}

const message = { role: 'user' as const, content: 'Tell me a long story' };

/** Every SDK: hears words until it throws. */
const SDKS = {
  'chat completions of openai': async (apiKey: string, model: string, hear: (text: string) => void) => {
    const client = new OpenAI({ apiKey, baseURL: `${fixture.url}/v1`, maxRetries: 0 });
    const asked = { model, messages: [message], max_tokens: MAX_TOKENS, stream: true as const };
    for await (const chunk of await client.chat.completions.create(asked))
      hear(chunk.choices[0]?.delta.content ?? '');
  },
  'responses of openai': async (apiKey: string, model: string, hear: (text: string) => void) => {
    const client = new OpenAI({ apiKey, baseURL: `${fixture.url}/v1`, maxRetries: 0 });
    const asked = { model, input: 'Tell', max_output_tokens: MAX_TOKENS, stream: true as const };
    for await (const event of await client.responses.create(asked))
      if (event.type === 'response.output_text.delta') hear(event.delta);
  },
  '@anthropic-ai/sdk': async (apiKey: string, model: string, hear: (text: string) => void) => {
    const client = new Anthropic({ apiKey, baseURL: fixture.url, maxRetries: 0 });
    const stream = client.messages.stream({ model, messages: [message], max_tokens: MAX_TOKENS });
    stream.on('text', hear);
    await stream.finalMessage();
  },
  '@google/genai': async (apiKey: string, model: string, hear: (text: string) => void) => {
    const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: fixture.url } });
    const asked = { model, contents: 'Tell', config: { maxOutputTokens: MAX_TOKENS } };
    for await (const chunk of await client.models.generateContentStream(asked)) hear(chunk.text ?? '');
  },
} as const;
const CLASSES = [OpenAI.APIError, Anthropic.APIError, ApiError];

describe.each(Object.keys(SDKS) as (keyof typeof SDKS)[])('%s', (sdk) => {
  it.each(SPOKEN)('throws when money ends in a stream from an upstream that speaks %s', async (spoken) => {
    speak = spoken;
    const buyer = await fixture.addBuyer(plans.get(spoken)!, { walletNanos: WALLET });
    let heard = '';
    const run = SDKS[sdk](buyer.key.secret, `${spoken}/m`, (text) => (heard += text));
    const error: unknown = await run.then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(CLASSES.some((one) => error instanceof one)).toBe(true);
    expect(String((error as Error).message)).toMatch(/wallet has less/);
    expect(heard.length).toBeGreaterThan(0);
    const [row] = await fixture.waitForEvents(buyer.organizationId, 1);
    expect(row).toMatchObject({
      terminal_state: 'policy_stop',
      fault: 'buyer',
      error_code: 'insufficient_balance',
      output_tokens: `${heard.length / WORD.length}`,
    });
    expect(BigInt(row!.charge_nanos)).toBe(BigInt(row!.input_tokens!) + BigInt(row!.output_tokens!) * OUTPUT);
    const { available, held } = await fixture.wallet(buyer.organizationId);
    expect([available, held]).toEqual([WALLET - BigInt(row!.charge_nanos), 0n]);
  });
});
