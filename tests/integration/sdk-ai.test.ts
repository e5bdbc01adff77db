/** The AI SDK (`ai`) with its provider packages, against upstreams of every dialect. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embed, generateObject, generateText, jsonSchema, streamText, tool, type LanguageModel } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CITY, HELLO, PIXEL, SAY, VECTOR } from '../support/llm-upstreams.ts';
import { createSdkFixture, nameOf, UPSTREAM_DIALECTS, type SdkFixture } from './sdk-fixture.ts';

let fixture: SdkFixture;
let apiKey: string;

beforeAll(async () => {
  fixture = await createSdkFixture();
  apiKey = (await fixture.newBuyer()).key.secret;
});

afterAll(() => fixture?.close());

const PROVIDERS: Record<string, (model: string) => LanguageModel> = {
  'openai (responses)': (model) => createOpenAI({ apiKey, baseURL: `${fixture.url}/v1` }).responses(model),
  'openai (chat)': (model) => createOpenAI({ apiKey, baseURL: `${fixture.url}/v1` }).chat(model),
  anthropic: (model) => createAnthropic({ apiKey, baseURL: `${fixture.url}/v1` })(model),
  google: (model) => createGoogleGenerativeAI({ apiKey, baseURL: `${fixture.url}/v1beta` })(model),
  'openai-compatible': (model) =>
    createOpenAICompatible({ name: 'tollgate', apiKey, baseURL: `${fixture.url}/v1`, includeUsage: true })(
      model,
    ),
};

const CELLS = Object.keys(PROVIDERS).flatMap((provider) =>
  UPSTREAM_DIALECTS.map((dialect) => [provider, dialect] as const),
);

const tools = {
  get_weather: tool({
    description: 'The weather of a city',
    inputSchema: jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    }),
  }),
};

describe.each(CELLS)('the %s provider on an upstream that speaks %s', (provider, dialect) => {
  const common = () => ({ model: PROVIDERS[provider]!(nameOf(dialect)), maxRetries: 0 });

  it('generates text', async () => {
    const { text, usage, finishReason } = await generateText({ ...common(), prompt: SAY.hello });
    expect({ text, finishReason }).toEqual({ text: HELLO, finishReason: 'stop' });
    expect(usage).toMatchObject({ inputTokens: 9, outputTokens: 5 });
  });

  it('streams text', async () => {
    const { textStream, usage } = streamText({ ...common(), prompt: SAY.hello });
    const texts: string[] = [];
    for await (const text of textStream) texts.push(text);
    expect(texts.join('')).toBe(HELLO);
    expect(await usage).toMatchObject({ outputTokens: 5 });
  });

  it('calls tools, streamed and not', async () => {
    const { toolCalls } = await generateText({ ...common(), prompt: SAY.weather, tools });
    expect(toolCalls).toEqual([
      expect.objectContaining({ toolName: 'get_weather', input: { city: 'Paris' } }),
    ]);
    const streamed = await streamText({ ...common(), prompt: SAY.weather, tools }).toolCalls;
    expect(streamed).toEqual([
      expect.objectContaining({ toolName: 'get_weather', input: { city: 'Paris' } }),
    ]);
  });

  it('sees images', async () => {
    const { text } = await generateText({
      ...common(),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: SAY.picture },
            { type: 'image', image: PIXEL, mediaType: 'image/png' },
          ],
        },
      ],
    });
    expect(text).toBe('A red pixel.');
    expect(fixture.upstreams.requests.at(-1)!.body).toContain(PIXEL);
  });

  it('generates objects', async () => {
    const { object } = await generateObject({
      ...common(),
      prompt: SAY.json,
      schema: jsonSchema<typeof CITY>({
        type: 'object',
        properties: { city: { type: 'string' }, population: { type: 'number' } },
        required: ['city', 'population'],
        additionalProperties: false,
      }),
    });
    expect(object).toEqual(CITY);
  });
});

describe.each(['openai-chat', 'openai-responses', 'azure'] as const)(
  'embeddings from an upstream that speaks %s',
  (dialect) => {
    it('are vectors', async () => {
      const openai = createOpenAI({ apiKey, baseURL: `${fixture.url}/v1` });
      const { embedding } = await embed({ model: openai.embedding(nameOf(dialect)), value: 'a text' });
      expect(embedding.map((value) => Math.round(value * 100) / 100)).toEqual(VECTOR);
    });
  },
);
