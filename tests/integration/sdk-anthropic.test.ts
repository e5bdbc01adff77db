/** The official Anthropic SDK, unmodified but for base URL and key, against upstreams of every dialect. */
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CITY, COUNTED, HELLO, PIXEL, SAY, SUNNY } from '../support/llm-upstreams.ts';
import { until } from '../support/until.ts';
import type { AddedBuyer } from './gateway-fixture.ts';
import {
  COST,
  createSdkFixture,
  modelOf,
  nameOf,
  UPSTREAM_DIALECTS,
  type SdkFixture,
} from './sdk-fixture.ts';

let fixture: SdkFixture;
let buyer: AddedBuyer;
let client: Anthropic;

beforeAll(async () => {
  fixture = await createSdkFixture();
  buyer = await fixture.newBuyer();
  client = clientFor(buyer.key.secret);
});

afterAll(() => fixture?.close());

function clientFor(apiKey: string, base = '', maxRetries = 0): Anthropic {
  return new Anthropic({ apiKey, authToken: null, baseURL: `${fixture.url}${base}`, maxRetries });
}

const user = (content: string): Anthropic.MessageParam[] => [{ role: 'user', content }];

const tools: Anthropic.Tool[] = [
  {
    name: 'get_weather',
    description: 'The weather of a city',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];

const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

describe.each(UPSTREAM_DIALECTS)('messages from an upstream that speaks %s', (dialect) => {
  const model = nameOf(dialect);
  const max_tokens = 100;

  it('answer', async () => {
    const { data, response } = await client.messages
      .create({ model, max_tokens, system: 'Be brief.', messages: user(SAY.hello) })
      .withResponse();
    expect(textOf(data)).toBe(HELLO);
    expect(data).toMatchObject({
      type: 'message',
      role: 'assistant',
      stop_reason: 'end_turn',
      usage: { input_tokens: 9, output_tokens: 5 },
    });
    expect(response.headers.get('x-tollgate-cost')).toBe(COST);
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('Be brief.');
  });

  it('answer at the service’s own address', async () => {
    const answer = await clientFor(buyer.key.secret, `/llm/${dialect}`).messages.create({
      model: modelOf(dialect),
      max_tokens,
      messages: user(SAY.hello),
    });
    expect(textOf(answer)).toBe(HELLO);
  });

  it('stream', async () => {
    const stream = client.messages.stream({ model, max_tokens, messages: user(SAY.hello) });
    const texts: string[] = [];
    stream.on('text', (text) => texts.push(text));
    const final = await stream.finalMessage();
    expect(texts.join('')).toBe(HELLO);
    expect(texts.length).toBeGreaterThan(2);
    expect(final).toMatchObject({ stop_reason: 'end_turn', usage: { output_tokens: 5 } });
  });

  it('call tools, and read what they found', async () => {
    const messages = user(SAY.weather);
    const asked = await client.messages.create({ model, max_tokens, messages, tools });
    expect(asked.stop_reason).toBe('tool_use');
    const call = asked.content.find((block) => block.type === 'tool_use')!;
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } });
    const answered = await client.messages.create({
      model,
      max_tokens,
      messages: [
        ...messages,
        { role: 'assistant', content: asked.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny' }] },
      ],
      tools,
    });
    expect(textOf(answered)).toBe(SUNNY);
  });

  it('stream the calls of tools', async () => {
    const final = await client.messages
      .stream({ model, max_tokens, messages: user(SAY.weather), tools })
      .finalMessage();
    expect(final.content.find((block) => block.type === 'tool_use')).toMatchObject({
      name: 'get_weather',
      input: { city: 'Paris' },
    });
    expect(final.stop_reason).toBe('tool_use');
  });

  it('see images', async () => {
    const source = { type: 'base64', media_type: 'image/png', data: PIXEL } as const;
    const answer = await client.messages.create({
      model,
      max_tokens,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source },
            { type: 'text', text: SAY.picture },
          ],
        },
      ],
    });
    expect(textOf(answer)).toBe('A red pixel.');
    expect(fixture.upstreams.requests.at(-1)!.body).toContain(PIXEL);
  });

  it('keep to a schema', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, population: { type: 'number' } },
      required: ['city', 'population'],
      additionalProperties: false,
    };
    const answer = await client.messages.create({
      model,
      max_tokens,
      messages: user(SAY.json),
      output_config: { format: { type: 'json_schema', schema } },
    });
    expect(JSON.parse(textOf(answer))).toEqual(CITY);
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('population');
  });

  it('count tokens', async () => {
    const { data, response } = await client.messages
      .countTokens({ model, messages: user(SAY.hello) })
      .withResponse();
    const isCounted = dialect === 'anthropic';
    expect(response.headers.get('x-tollgate-estimated')).toBe(isCounted ? null : 'true');
    if (isCounted) expect(data.input_tokens).toBe(COUNTED);
    else expect(data.input_tokens).toBeGreaterThan(0);
  });

  it('fail as the SDK’s own errors', async () => {
    const ask = (content: string) => client.messages.create({ model, max_tokens, messages: user(content) });
    await expect(ask(SAY.fail(500))).rejects.toBeInstanceOf(Anthropic.InternalServerError);
    await expect(ask(SAY.fail(400))).rejects.toBeInstanceOf(Anthropic.BadRequestError);
  });

  it('stop upstream when the caller does', async () => {
    const stream = await client.messages.create({
      model,
      max_tokens,
      messages: user(SAY.slow),
      stream: true,
    });
    const recorded = fixture.upstreams.requests.at(-1)!;
    for await (const event of stream) if (event.type === 'content_block_delta') break;
    stream.controller.abort();
    await until('the upstream is stopped', () => recorded.abortedAt, 1_000);
  });
});

describe('models', () => {
  it('are those of the key’s subscriptions, in Anthropic’s shape', async () => {
    const page = await client.models.list();
    expect(page.data.map((model) => model.id).sort()).toEqual(UPSTREAM_DIALECTS.map(nameOf).sort());
    expect(page.data[0]).toMatchObject({ type: 'model', created_at: expect.stringMatching(/^\d{4}-/) });
    expect(await client.models.retrieve(nameOf('gemini'))).toMatchObject({ id: nameOf('gemini') });
  });
});

describe('our refusals', () => {
  const ask = (from: Anthropic, model = nameOf('anthropic')) =>
    from.messages.create({ model, max_tokens: 10, messages: user(SAY.hello) });

  it('are the SDK’s own classes, in Anthropic’s shape', async () => {
    const poor = await fixture.newBuyer(1n);
    await expect(ask(clientFor('tg_live_wrong'))).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    await expect(ask(clientFor(poor.key.secret))).rejects.toMatchObject({
      status: 402,
      error: { type: 'error', error: { type: 'billing_error' } },
    });
    await expect(ask(client, 'anthropic/none')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    const stranger = await fixture.addBuyer(null);
    await expect(ask(clientFor(stranger.key.secret, '/llm/anthropic'))).rejects.toBeInstanceOf(
      Anthropic.PermissionDeniedError,
    );
  });

  it('are not tried again where money is short', async () => {
    const poor = await fixture.newBuyer(1n);
    let calls = 0;
    const counting = new Anthropic({
      apiKey: poor.key.secret,
      baseURL: fixture.url,
      maxRetries: 3,
      fetch: (...args) => {
        calls++;
        return fetch(...args);
      },
    });
    await expect(ask(counting)).rejects.toMatchObject({ status: 402 });
    expect(calls).toBe(1);
  });
});
