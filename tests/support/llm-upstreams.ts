/**
 * LLM upstreams of every dialect, spoken by `@copilotkit/aimock` over real HTTP, behind a server that
 * remembers what arrived. The model answers by what the last user message says.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { LLMock } from '@copilotkit/aimock';
import { startUpstream, type RecordedRequest, type Upstream } from './upstream.ts';

/** One red pixel. */
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

export const HELLO = 'Hello, world! It is good to see you.';
export const SUNNY = 'It is sunny in Paris.';
export const CITY = { city: 'Paris', population: 2_100_000 };
export const VECTOR = [0.25, -0.5, 0.75];

/** What the last user message must say to get it. */
export const SAY = {
  hello: 'Say hello',
  weather: 'What is the weather in Paris?',
  picture: 'What is in this picture?',
  json: 'Tell me of a city as JSON',
  slow: 'Tell me a very long story',
  fail: (status: number): string => `Fail with ${status}`,
} as const;

/** What every answer costs, in every vendor's words. */
export const TOKENS = { input: 9, output: 5 } as const;
const usage = {
  ...{ prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 },
  ...{ input_tokens: 9, output_tokens: 5 },
  ...{ promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
};

/** What upstreams that count tokens say. */
export const COUNTED = 42;

export const FAILURES = [400, 429, 500, 503] as const;

/** Addresses that aimock has not got. */
const OWN_ANSWERS = [
  { path: /^\/v1beta\/models\/[^/]+:batchEmbedContents/, answer: { embeddings: [{ values: VECTOR }] } },
  { path: /^\/v1\/messages\/count_tokens/, answer: { input_tokens: COUNTED } },
  { path: /^\/v1beta\/models\/[^/]+:countTokens/, answer: { totalTokens: COUNTED } },
];

export interface LlmUpstreams {
  /** Without a version. */
  url: string;
  requests: RecordedRequest[];
  /** What arrived last, parsed. */
  lastBody(): Record<string, unknown>;
  recorder: Upstream;
  close(): Promise<void>;
}

export async function startLlmUpstreams(): Promise<LlmUpstreams> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent', chunkSize: 8 });
  for (const status of FAILURES) {
    mock.on(
      { userMessage: SAY.fail(status) },
      { error: { message: `The model fails with ${status}.`, type: 'api_error' }, status },
    );
  }
  mock.on({ userMessage: SAY.weather, hasToolResult: true }, { content: SUNNY, usage });
  mock.on(
    { userMessage: SAY.weather },
    { toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' }], usage },
  );
  mock.on({ userMessage: SAY.picture }, { content: 'A red pixel.', usage });
  mock.on({ userMessage: SAY.json }, { content: JSON.stringify(CITY), usage });
  mock.on(
    { userMessage: SAY.slow },
    { content: 'word '.repeat(2_000) },
    { streamingProfile: { ttft: 1, tps: 50 } },
  );
  mock.on({ endpoint: 'embedding' }, { embedding: VECTOR });
  mock.on({ userMessage: SAY.hello }, { content: HELLO, usage });
  await mock.start();
  const recorder = await startUpstream(async (request, response, recorded) => {
    await new Promise((resolve) => request.once('end', resolve));
    const own = OWN_ANSWERS.find(({ path }) => path.test(recorded.url));
    if (own) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(own.answer));
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answer = await fetch(mock.url + recorded.url, {
      method: recorded.method,
      headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
      body: recorded.method === 'GET' ? undefined : recorded.body,
      signal: gone.signal,
    });
    const type = answer.headers.get('content-type');
    response.writeHead(answer.status, type === null ? {} : { 'content-type': type });
    if (answer.body) await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
    else response.end();
  });
  return {
    url: recorder.url,
    requests: recorder.requests,
    lastBody: () => JSON.parse(recorder.requests.at(-1)!.body) as Record<string, unknown>,
    recorder,
    async close() {
      await recorder.close();
      await mock.stop();
    },
  };
}
