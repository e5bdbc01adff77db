/** The official Google SDK, unmodified but for base URL and key, against upstreams of every dialect. */
import { ApiError, GoogleGenAI, Type, type FunctionDeclaration } from '@google/genai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CITY, COUNTED, HELLO, PIXEL, SAY, SUNNY, VECTOR } from '../support/llm-upstreams.ts';
import { until } from '../support/until.ts';
import type { AddedBuyer } from './gateway-fixture.ts';
import { createSdkFixture, modelOf, nameOf, UPSTREAM_DIALECTS, type SdkFixture } from './sdk-fixture.ts';

let fixture: SdkFixture;
let buyer: AddedBuyer;
let client: GoogleGenAI;

beforeAll(async () => {
  fixture = await createSdkFixture();
  buyer = await fixture.newBuyer();
  client = clientFor(buyer.key.secret);
});

afterAll(() => fixture?.close());

function clientFor(apiKey: string, base = ''): GoogleGenAI {
  return new GoogleGenAI({ apiKey, vertexai: false, httpOptions: { baseUrl: `${fixture.url}${base}` } });
}

const getWeather: FunctionDeclaration = {
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
};
const tools = [{ functionDeclarations: [getWeather] }];

describe.each(UPSTREAM_DIALECTS)('content from an upstream that speaks %s', (dialect) => {
  const model = nameOf(dialect);

  it('is generated', async () => {
    const answer = await client.models.generateContent({
      model,
      contents: SAY.hello,
      config: { systemInstruction: 'Be brief.' },
    });
    expect(answer.text).toBe(HELLO);
    expect(answer.candidates![0]!.finishReason).toBe('STOP');
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 9, candidatesTokenCount: 5 });
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('Be brief.');
  });

  it('is generated at the service’s own address', async () => {
    const answer = await clientFor(buyer.key.secret, `/llm/${dialect}`).models.generateContent({
      model: modelOf(dialect),
      contents: SAY.hello,
    });
    expect(answer.text).toBe(HELLO);
  });

  it('streams', async () => {
    const texts: string[] = [];
    let output = 0;
    for await (const chunk of await client.models.generateContentStream({ model, contents: SAY.hello })) {
      if (chunk.text) texts.push(chunk.text);
      output = chunk.usageMetadata?.candidatesTokenCount ?? output;
    }
    expect(texts.join('')).toBe(HELLO);
    expect(texts.length).toBeGreaterThan(2);
    expect(output).toBe(5);
  });

  it('calls tools, and reads what they found', async () => {
    const asked = await client.models.generateContent({ model, contents: SAY.weather, config: { tools } });
    const [call] = asked.functionCalls!;
    expect(call).toMatchObject({ name: 'get_weather', args: { city: 'Paris' } });
    const answered = await client.models.generateContent({
      model,
      contents: [
        { role: 'user', parts: [{ text: SAY.weather }] },
        asked.candidates![0]!.content!,
        {
          role: 'user',
          parts: [
            { functionResponse: { id: call!.id, name: 'get_weather', response: { weather: 'sunny' } } },
          ],
        },
      ],
      config: { tools },
    });
    expect(answered.text).toBe(SUNNY);
  });

  it('streams the calls of tools', async () => {
    const calls = [];
    for await (const chunk of await client.models.generateContentStream({
      model,
      contents: SAY.weather,
      config: { tools },
    })) {
      calls.push(...(chunk.functionCalls ?? []));
    }
    expect(calls).toEqual([expect.objectContaining({ name: 'get_weather', args: { city: 'Paris' } })]);
  });

  it('sees images', async () => {
    const answer = await client.models.generateContent({
      model,
      contents: [{ inlineData: { mimeType: 'image/png', data: PIXEL } }, SAY.picture],
    });
    expect(answer.text).toBe('A red pixel.');
    expect(fixture.upstreams.requests.at(-1)!.body).toContain(PIXEL);
  });

  it('keeps to a schema', async () => {
    const answer = await client.models.generateContent({
      model,
      contents: SAY.json,
      config: {
        responseMimeType: 'application/json',
        responseSchema: {
          type: Type.OBJECT,
          properties: { city: { type: Type.STRING }, population: { type: Type.NUMBER } },
          required: ['city', 'population'],
        },
      },
    });
    expect(JSON.parse(answer.text!)).toEqual(CITY);
    expect(fixture.upstreams.requests.at(-1)!.body).toContain('population');
  });

  it('fails as the SDK’s own error', async () => {
    const ask = (contents: string) => client.models.generateContent({ model, contents });
    await expect(ask(SAY.fail(400))).rejects.toMatchObject({ name: 'ApiError', status: 400 });
    await expect(ask(SAY.fail(500))).rejects.toBeInstanceOf(ApiError);
  });

  it('stops upstream when the caller does', async () => {
    const controller = new AbortController();
    const stream = await client.models.generateContentStream({
      model,
      contents: SAY.slow,
      config: { abortSignal: controller.signal },
    });
    const recorded = fixture.upstreams.requests.at(-1)!;
    await expect(
      (async () => {
        for await (const chunk of stream) if (chunk.text) controller.abort();
      })(),
    ).rejects.toThrow();
    await until('the upstream is stopped', () => recorded.abortedAt, 1_000);
  });
});

describe.each(UPSTREAM_DIALECTS)('tokens for an upstream that speaks %s', (dialect) => {
  it('are counted', async () => {
    const { totalTokens } = await client.models.countTokens({ model: nameOf(dialect), contents: SAY.hello });
    if (dialect === 'gemini') expect(totalTokens).toBe(COUNTED);
    else expect(totalTokens).toBeGreaterThan(0);
  });
});

describe.each(['openai-chat', 'openai-responses', 'azure'] as const)(
  'embeddings from an upstream that speaks %s',
  (dialect) => {
    it('are vectors', async () => {
      const answer = await client.models.embedContent({ model: nameOf(dialect), contents: 'a text' });
      expect(answer.embeddings![0]!.values!.map((value) => Math.round(value * 100) / 100)).toEqual(VECTOR);
    });
  },
);

function streamAs(query: string, model: string, text: string = SAY.hello): Promise<Response> {
  return fetch(`${fixture.url}/v1beta/models/${model}:streamGenerateContent${query}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': buyer.key.secret, 'content-type': 'application/json' },
    body: JSON.stringify({ contents: [{ parts: [{ text }] }] }),
  });
}

describe.each(UPSTREAM_DIALECTS)('a stream as one JSON array from an upstream that speaks %s', (dialect) => {
  interface Element {
    candidates?: { content?: { parts?: { text?: string }[] }; finishReason?: string }[];
    usageMetadata?: object;
  }

  it.each(['', '?alt=json', '?$alt=json;enum-encoding=int'])('is what Google sends for %j', async (query) => {
    const answer = await streamAs(query, nameOf(dialect));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    const elements = (await answer.json()) as Element[];
    expect(elements.length).toBeGreaterThan(1);
    const texts = elements.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    expect(texts.map(({ text }) => text ?? '').join('')).toBe(HELLO);
    expect(elements.at(-1)).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5 },
    });
    expect(fixture.upstreams.requests.at(-1)!.url).not.toContain('enum-encoding');
  });

  it('comes element by element, and stops upstream when the caller does', async () => {
    const { body } = await streamAs('', nameOf(dialect), SAY.slow);
    const reader = body!.getReader();
    const { value } = await reader.read();
    expect(JSON.parse(`${new TextDecoder().decode(value)}]`)).toMatchObject([{ candidates: [{}] }]);
    await reader.cancel();
    await until('the call to be over', () => fixture.gateway.activeCalls === 0);
  });
});

describe('models', () => {
  it('are those of the key’s subscriptions, in Google’s shape', async () => {
    const names: string[] = [];
    for await (const model of await client.models.list()) names.push(model.name!);
    expect(names.sort()).toEqual(UPSTREAM_DIALECTS.map((dialect) => `models/${nameOf(dialect)}`).sort());
    expect(await client.models.get({ model: nameOf('anthropic') })).toMatchObject({
      displayName: modelOf('anthropic'),
    });
  });
});

describe('our refusals', () => {
  const ask = (from: GoogleGenAI, model = nameOf('gemini')) =>
    from.models.generateContent({ model, contents: SAY.hello });

  it('are the SDK’s own error, in Google’s shape', async () => {
    const poor = await fixture.newBuyer(1n);
    const stranger = await fixture.addBuyer(null);
    for (const [asked, status, name] of [
      [() => ask(clientFor('tg_live_wrong')), 401, 'UNAUTHENTICATED'],
      [() => ask(clientFor(poor.key.secret)), 402, 'FAILED_PRECONDITION'],
      [() => ask(client, 'gemini/none'), 404, 'NOT_FOUND'],
      [() => ask(clientFor(stranger.key.secret, '/llm/gemini')), 403, 'PERMISSION_DENIED'],
    ] as const) {
      const error = await asked().then(
        () => null,
        (caught: unknown) => caught as ApiError,
      );
      expect(error).toBeInstanceOf(ApiError);
      expect(error!.status).toBe(status);
      expect(JSON.parse(error!.message)).toMatchObject({ error: { code: status, status: name } });
    }
  });

  it('name the form of a stream that there is not', async () => {
    const answer = await streamAs('?alt=proto', nameOf('gemini'));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } });
  });
});
