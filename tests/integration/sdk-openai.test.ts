/** The official OpenAI SDK, unmodified but for base URL and key, against upstreams of every dialect. */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CITY, HELLO, PIXEL, SAY, SUNNY, VECTOR } from '../support/llm-upstreams.ts';
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
let client: OpenAI;

beforeAll(async () => {
  fixture = await createSdkFixture();
  buyer = await fixture.newBuyer();
  client = clientFor(buyer.key.secret);
});

afterAll(() => fixture?.close());

function clientFor(apiKey: string, base = '/v1', maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${fixture.url}${base}`, maxRetries });
}

const user = (content: string): OpenAI.ChatCompletionMessageParam[] => [{ role: 'user', content }];

const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: weather }];

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, population: { type: 'number' } },
  required: ['city', 'population'],
  additionalProperties: false,
};

describe.each(UPSTREAM_DIALECTS)('chat completions from an upstream that speaks %s', (dialect) => {
  const model = nameOf(dialect);

  it('answer', async () => {
    const { data, response } = await client.chat.completions
      .create({ model, messages: [{ role: 'system', content: 'Be brief.' }, ...user(SAY.hello)] })
      .withResponse();
    expect(data.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: HELLO },
    });
    expect(data.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 });
    expect(response.headers.get('x-tollgate-cost')).toBe(COST);
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('Be brief.');
  });

  it('answer at the service’s own address', async () => {
    const answer = await clientFor(buyer.key.secret, `/llm/${dialect}/v1`).chat.completions.create({
      model: modelOf(dialect),
      messages: user(SAY.hello),
    });
    expect(answer.choices[0]!.message.content).toBe(HELLO);
  });

  it('stream', async () => {
    const stream = await client.chat.completions.create({
      model,
      messages: user(SAY.hello),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(HELLO);
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta.content).length).toBeGreaterThan(2);
    expect(chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.finish_reason))).toContain('stop');
    expect(chunks.at(-1)!.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 5 });
  });

  it('call tools, and read what they found', async () => {
    const messages = user(SAY.weather);
    const asked = await client.chat.completions.create({ model, messages, tools });
    const [choice] = asked.choices;
    expect(choice!.finish_reason).toBe('tool_calls');
    const [call] = choice!.message.tool_calls!;
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
    expect(JSON.parse((call as OpenAI.ChatCompletionMessageFunctionToolCall).function.arguments)).toEqual({
      city: 'Paris',
    });
    const answered = await client.chat.completions.create({
      model,
      messages: [...messages, choice!.message, { role: 'tool', tool_call_id: call!.id, content: 'sunny' }],
      tools,
    });
    expect(answered.choices[0]!.message.content).toBe(SUNNY);
  });

  it('stream the calls of tools', async () => {
    const run = client.chat.completions.stream({ model, messages: user(SAY.weather), tools });
    const final = await run.finalChatCompletion();
    const [call] = final.choices[0]!.message.tool_calls!;
    expect(call).toMatchObject({ function: { name: 'get_weather' } });
    expect(JSON.parse(call!.function.arguments)).toEqual({ city: 'Paris' });
    expect(final.choices[0]!.finish_reason).toBe('tool_calls');
  });

  it('see images', async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: SAY.picture },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
          ],
        },
      ],
    });
    expect(answer.choices[0]!.message.content).toBe('A red pixel.');
    expect(fixture.upstreams.requests.at(-1)!.body).toContain(PIXEL);
  });

  it('keep to a schema', async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: user(SAY.json),
      response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } },
    });
    expect(JSON.parse(answer.choices[0]!.message.content!)).toEqual(CITY);
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('population');
  });

  it('fail as the SDK’s own errors', async () => {
    const ask = (content: string) => client.chat.completions.create({ model, messages: user(content) });
    await expect(ask(SAY.fail(500))).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    await expect(ask(SAY.fail(400))).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it('stop upstream when the caller does', async () => {
    const controller = new AbortController();
    const stream = await client.chat.completions.create(
      { model, messages: user(SAY.slow), stream: true },
      { signal: controller.signal },
    );
    const recorded = fixture.upstreams.requests.at(-1)!;
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    controller.abort();
    await until('the upstream is stopped', () => recorded.abortedAt, 1_000);
  });
});

describe.each(UPSTREAM_DIALECTS)('responses from an upstream that speaks %s', (dialect) => {
  const model = nameOf(dialect);

  it('answer', async () => {
    const answer = await client.responses.create({ model, instructions: 'Be brief.', input: SAY.hello });
    expect(answer.output_text).toBe(HELLO);
    expect(answer.status).toBe('completed');
    expect(answer.usage).toMatchObject({ input_tokens: 9, output_tokens: 5 });
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('Be brief.');
  });

  it('stream', async () => {
    const stream = await client.responses.create({ model, input: SAY.hello, stream: true });
    const types: string[] = [];
    let text = '';
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe(HELLO);
    expect(types[0]).toBe('response.created');
    expect(types.at(-1)).toBe('response.completed');
  });

  it('call tools', async () => {
    const answer = await client.responses.create({
      model,
      input: SAY.weather,
      tools: [{ type: 'function', strict: false, ...weather }],
    });
    const call = answer.output.find((item) => item.type === 'function_call')!;
    expect(call).toMatchObject({ name: 'get_weather' });
    expect(JSON.parse(call.arguments)).toEqual({ city: 'Paris' });
    const answered = await client.responses.create({
      model,
      input: [
        { role: 'user', content: SAY.weather },
        call,
        { type: 'function_call_output', call_id: call.call_id, output: 'sunny' },
      ],
      tools: [{ type: 'function', strict: false, ...weather }],
    });
    expect(answered.output_text).toBe(SUNNY);
  });

  it('stream the calls of tools', async () => {
    const stream = client.responses.stream({
      model,
      input: SAY.weather,
      tools: [{ type: 'function', strict: false, ...weather }],
    });
    const { output, status } = await stream.finalResponse();
    const call = output.find((item) => item.type === 'function_call')!;
    expect([status, call.name, JSON.parse(call.arguments)]).toEqual([
      'completed',
      'get_weather',
      { city: 'Paris' },
    ]);
  });

  it('see images', async () => {
    const image_url = `data:image/png;base64,${PIXEL}`;
    const answer = await client.responses.create({
      model,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: SAY.picture },
            { type: 'input_image', image_url, detail: 'auto' },
          ],
        },
      ],
    });
    expect(answer.output_text).toBe('A red pixel.');
    expect(fixture.upstreams.requests.at(-1)!.body).toContain(PIXEL);
  });

  it('keep to a schema', async () => {
    const answer = await client.responses.create({
      model,
      input: SAY.json,
      text: { format: { type: 'json_schema', name: 'city', strict: true, schema } },
    });
    expect(JSON.parse(answer.output_text)).toEqual(CITY);
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('population');
  });

  it('fail as the SDK’s own errors', async () => {
    const ask = (input: string) => client.responses.create({ model, input });
    await expect(ask(SAY.fail(500))).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    await expect(ask(SAY.fail(400))).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it('stop upstream when the caller does', async () => {
    const controller = new AbortController();
    const stream = await client.responses.create(
      { model, input: SAY.slow, stream: true },
      { signal: controller.signal },
    );
    const recorded = fixture.upstreams.requests.at(-1)!;
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    controller.abort();
    await until('the upstream is stopped', () => recorded.abortedAt, 1_000);
  });
});

describe.each(['openai-chat', 'openai-responses', 'gemini', 'azure'] as const)(
  'embeddings from an upstream that speaks %s',
  (dialect) => {
    it('are vectors', async () => {
      const answer = await client.embeddings.create({
        model: nameOf(dialect),
        input: 'a text',
        encoding_format: 'float',
      });
      expect(answer.data[0]!.embedding.map((value) => Math.round(value * 100) / 100)).toEqual(VECTOR);
    });
  },
);

describe('models', () => {
  it('are those of the key’s subscriptions', async () => {
    const ids = (await client.models.list()).data.map((model) => model.id);
    expect(ids.sort()).toEqual(UPSTREAM_DIALECTS.map(nameOf).sort());
    const own = await clientFor(buyer.key.secret, '/llm/anthropic/v1').models.list();
    expect(own.data.map((model) => model.id)).toEqual([modelOf('anthropic')]);
  });
});

describe('our refusals', () => {
  const ask = (from: OpenAI, model = nameOf('openai-chat')) =>
    from.chat.completions.create({ model, messages: user(SAY.hello) });

  it('are the SDK’s own classes', async () => {
    const poor = await fixture.newBuyer(1n);
    await expect(ask(clientFor('tg_live_wrong'))).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(ask(clientFor(poor.key.secret))).rejects.toMatchObject({
      status: 402,
      code: 'insufficient_balance',
    });
    await expect(ask(client, 'openai-chat/none')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const stranger = await fixture.addBuyer(null);
    await expect(ask(clientFor(stranger.key.secret, '/llm/openai-chat/v1'))).rejects.toBeInstanceOf(
      OpenAI.PermissionDeniedError,
    );
  });

  it('are not tried again where money is short', async () => {
    const poor = await fixture.newBuyer(1n);
    let calls = 0;
    const counting = new OpenAI({
      apiKey: poor.key.secret,
      baseURL: `${fixture.url}/v1`,
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
