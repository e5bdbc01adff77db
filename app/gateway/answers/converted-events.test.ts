import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { DIALECTS, type DialectName } from '../../lib/service-options.ts';
import type { JsonObject } from '../dialects/dialect.ts';
import { dialectOf } from '../dialects/index.ts';
import { parseSseEvent } from '../dialects/kit/sse.ts';
import { ConvertedEvents } from './converted-events.ts';
import { ConvertedJson } from './converted-json.ts';

const CONTEXT = { requestId: 'req_1', publicUrl: 'https://tollgate.test' };
const NO_CONTEXT = { model: null, stream: null };

const chunk = (delta: JsonObject, finish: string | null = null, index = 0): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 5,
  model: 'm-1',
  choices: [{ index, delta, logprobs: null, finish_reason: finish }],
});
const USAGE = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 5,
  model: 'm-1',
  choices: [],
  usage: {
    prompt_tokens: 12,
    completion_tokens: 34,
    prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 10 },
  },
};
const STATED = {
  inputTokens: 12,
  outputTokens: 34,
  cachedInputTokens: 4,
  cacheWriteTokens: 2,
  reasoningTokens: 10,
};
const TEXT = 'Grüße, 世界 🌍 "quoted"\n';

const CHAT_EVENTS = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ reasoning_content: 'Hm ' }),
  chunk({ reasoning_content: 'yes.' }),
  chunk({ content: 'Hello ' }),
  chunk({ content: TEXT }),
  chunk({
    tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'look', arguments: '' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"at"' } }] }),
  chunk({
    tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'go', arguments: '{}' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
  chunk({}, 'tool_calls'),
  USAGE,
];
const sse = (events: readonly JsonObject[], eol = '\n'): Buffer =>
  Buffer.from(
    `: hello${eol}${eol}${[...events.map((event) => JSON.stringify(event)), '[DONE]']
      .map((data) => `data: ${data}${eol}${eol}`)
      .join('')}`,
  );

function convert(
  upstream: DialectName,
  caller: DialectName,
  chunks: readonly Buffer[],
  more: JsonObject = { stream_options: { include_usage: true } },
) {
  const request = dialectOf('openai-chat').parseRequest(
    { model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }], ...more },
    NO_CONTEXT,
  );
  const body = new ConvertedEvents({
    upstream: dialectOf(upstream),
    caller: dialectOf(caller),
    request,
    context: CONTEXT,
    maxPendingBytes: 64 * 1024,
  });
  let failure: unknown = null;
  const streamed: Buffer[] = [];
  try {
    for (const one of chunks) streamed.push(body.push(one));
  } catch (error) {
    failure = error;
  }
  return { body, streamed: Buffer.concat(streamed), failure };
}

const cutAt = (bytes: Buffer, at: number): Buffer[] => [bytes.subarray(0, at), bytes.subarray(at)];
const dataOf = (bytes: Buffer): JsonObject[] =>
  bytes
    .toString('utf8')
    .split('\n\n')
    .map((text) => parseSseEvent(Buffer.from(text)))
    .filter((event) => event !== null && event.data !== '[DONE]')
    .map((event) => JSON.parse(event!.data) as JsonObject);

describe.each(['openai-chat', 'openai-responses', 'openai-completions'] as const)(
  'a chat stream for a caller of %s',
  (caller) => {
    it('is the same wherever its bytes are cut', () => {
      const bytes = sse(CHAT_EVENTS);
      const whole = convert('openai-chat', caller, [bytes]);
      const wholeEnd = whole.body.end();
      expect(wholeEnd.state).toBe('complete');
      for (let at = 0; at <= bytes.length; at++) {
        const { body, streamed } = convert('openai-chat', caller, cutAt(bytes, at));
        expect(streamed.equals(whole.streamed)).toBe(true);
        const { state, last } = body.end();
        expect(state === 'complete' && last.equals(wholeEnd.last)).toBe(true);
        expect(body.usage).toEqual(STATED);
      }
    });

    it.each([
      ['CRLF', '\r\n'],
      ['CR', '\r'],
    ])('is the same when its lines end with %s, byte by byte', (_name, eol) => {
      const whole = convert('openai-chat', caller, [sse(CHAT_EVENTS)]);
      const bytes = [...sse(CHAT_EVENTS, eol)].map((byte) => Buffer.from([byte]));
      expect(convert('openai-chat', caller, bytes).streamed.equals(whole.streamed)).toBe(true);
    });

    it('keeps the terminal mark back until the end, and nothing else', () => {
      const { body, streamed } = convert('openai-chat', caller, [sse(CHAT_EVENTS)]);
      expect(streamed.includes('Hello')).toBe(true);
      expect(streamed.toString()).not.toMatch(/\[DONE\]|response\.completed/);
      expect(body.end().last.toString()).toMatch(/\[DONE\]|response\.completed/);
      expect(body.servedModel).toBe('m-1');
      expect(body.textBytes).toBeGreaterThanOrEqual(Buffer.byteLength(`Hello ${TEXT}`));
    });

    it('that is cut ends with an error and no terminal mark, wherever it is cut', () => {
      const bytes = sse(CHAT_EVENTS);
      const end = bytes.indexOf('data: [DONE]') + 'data: [DONE'.length;
      for (let at = 0; at <= end; at++) {
        const { body, streamed } = convert('openai-chat', caller, [bytes.subarray(0, at)]);
        const { state, last } = body.end();
        expect(state).toBe('truncated');
        const told = body.breakOff(new AppError('upstream_error', 'broke off'));
        const output = Buffer.concat([streamed, last, told]);
        expect(output.toString()).not.toMatch(/\[DONE\]|response\.completed|response\.incomplete/);
        expect(dataOf(output).at(-1)).toHaveProperty('error');
        expect(body.breakOff(new AppError('upstream_error', 'again')).length).toBe(0);
      }
    });

    it('that reports an error ends with it at once, and only once', () => {
      const events = [...CHAT_EVENTS.slice(0, 5), { error: { message: 'overloaded', code: 529 } }];
      const { body, failure } = convert('openai-chat', caller, [sse([...events, ...CHAT_EVENTS])]);
      expect(failure).toMatchObject({ code: 'upstream_error', message: 'overloaded' });
      const told = body.breakOff(failure as AppError);
      expect(told.toString()).toContain('Hello');
      expect(dataOf(told).at(-1)).toMatchObject({ error: { message: 'overloaded' } });
      expect(told.toString()).not.toMatch(/\[DONE\]|response\.completed/);
      expect(body.breakOff(failure as AppError).length).toBe(0);
    });

    it.each([
      'data: {"choices":[{"delta"\n\n',
      'data: []\n\n',
      'data: <html>\n\n',
      `data: ${'['.repeat(60_000)}\n\n`,
      `data: ${'x'.repeat(70_000)}`,
    ])('that cannot be read fails (%#)', (text) => {
      const { body, failure } = convert('openai-chat', caller, [
        sse(CHAT_EVENTS.slice(0, 4)).subarray(0, -'data: [DONE]\n\n'.length),
        Buffer.from(text),
      ]);
      expect(failure).toMatchObject({ code: 'upstream_error' });
      expect(dataOf(body.breakOff(failure as AppError)).at(-1)).toHaveProperty('error');
    });

    it('whose connection breaks gets the gateway’s error, but its own end when that was said', () => {
      const error = new AppError('upstream_timeout', 'too late');
      const broken = convert('openai-chat', caller, [sse(CHAT_EVENTS).subarray(0, 900)]);
      expect(dataOf(broken.body.breakOff(error)).at(-1)).toMatchObject({ error: { message: 'too late' } });
      const [one, other] = [0, 1].map(() => convert('openai-chat', caller, [sse(CHAT_EVENTS)]).body);
      expect(one!.breakOff(error).equals(other!.end().last)).toBe(true);
    });

    it('with broken UTF-8 goes on', () => {
      const bytes = Buffer.concat([
        Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"a'),
        Buffer.from([0xff, 0xc3]),
        Buffer.from('b"}}]}\n\ndata: [DONE]\n\n'),
      ]);
      const { body, streamed } = convert('openai-chat', caller, [bytes]);
      expect(streamed.toString()).toContain('a\uFFFD\uFFFDb');
      expect(body.end().state).toBe('complete');
    });
  },
);

describe('a chat stream as a chat stream', () => {
  const join = (events: JsonObject[], name: string): string =>
    events
      .flatMap((event) => event['choices'] as { delta: Record<string, string> }[])
      .map(({ delta }) => delta[name] ?? '')
      .join('');

  it('keeps text, reasoning, parallel calls, finish reason and usage', () => {
    const { body, streamed } = convert('openai-chat', 'openai-chat', [sse(CHAT_EVENTS)]);
    const events = dataOf(Buffer.concat([streamed, body.end().last]));
    expect(join(events, 'content')).toBe(`Hello ${TEXT}`);
    expect(join(events, 'reasoning_content')).toBe('Hm yes.');
    const calls = events.flatMap((event) =>
      (event['choices'] as { delta: { tool_calls?: JsonObject[] } }[]).flatMap(
        ({ delta }) => delta.tool_calls ?? [],
      ),
    );
    expect(calls).toEqual([
      { index: 0, id: 'c1', type: 'function', function: { name: 'look', arguments: '' } },
      { index: 0, function: { arguments: '{"at"' } },
      { index: 1, id: 'c2', type: 'function', function: { name: 'go', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
      { index: 0, function: { arguments: ':1}' } },
    ]);
    expect(events.at(-2)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { ...USAGE.usage, total_tokens: 46 } });
  });

  it('tells no usage that nobody asked for', () => {
    const { body, streamed } = convert('openai-chat', 'openai-chat', [sse(CHAT_EVENTS)], {});
    expect(Buffer.concat([streamed, body.end().last]).includes('usage')).toBe(false);
    expect(body.usage).toEqual(STATED);
  });

  it('tells calls apart also where the upstream numbers them all alike, or not at all', () => {
    const call = (
      index: number | undefined,
      id: string | undefined,
      name: string | undefined,
      text: string,
    ) => chunk({ tool_calls: [{ index, id, function: { name, arguments: text } }] });
    for (const index of [0, undefined]) {
      const { streamed } = convert('openai-chat', 'openai-chat', [
        sse([
          call(index, 'a', 'f', '{"x"'),
          call(index, undefined, undefined, ':1}'),
          call(index, 'b', 'g', '{}'),
        ]),
      ]);
      const text = streamed.toString();
      expect(text).toContain('"index":0,"id":"a"');
      expect(text).toContain('"index":1,"id":"b"');
      expect(text).toContain('{"index":0,"function":{"arguments":":1}"}}');
    }
  });

  it('keeps several choices and log probabilities', () => {
    const logprobs = {
      content: [{ token: 'B', logprob: -0.5, bytes: null, top_logprobs: [] }],
      refusal: null,
    };
    const second = { index: 1, delta: { content: 'B' }, logprobs, finish_reason: null };
    const { streamed } = convert('openai-chat', 'openai-chat', [
      sse([chunk({ content: 'A' }), { ...chunk({}), choices: [second] }]),
    ]);
    expect(dataOf(streamed).at(-1)).toMatchObject({
      choices: [{ index: 1, delta: { content: 'B' }, logprobs }],
    });
  });
});

describe('every dialect', () => {
  const NAMES = DIALECTS.filter((name) => name !== 'raw');
  const PAIRS = NAMES.flatMap((upstream) => NAMES.map((caller) => [upstream, caller] as const));
  const MARK = /\[DONE\]|response\.(completed|incomplete)|message_stop/;

  it.each(NAMES)('hands text on to %s as it comes, not later', (caller) => {
    const { body } = convert('openai-chat', caller, []);
    body.push(Buffer.from(`data: ${JSON.stringify(chunk({ role: 'assistant', content: '' }))}\n\n`));
    for (const word of ['one', 'two', 'three']) {
      const told = body.push(Buffer.from(`data: ${JSON.stringify(chunk({ content: word }))}\n\n`));
      expect(told.toString()).toContain(word);
      expect(told.subarray(-2).toString()).toBe('\n\n');
      expect(body.atBoundary).toBe(true);
    }
  });

  it.each(NAMES)('states the same usage to %s, part by part', (caller) => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(count, count, count, count, count, (fresh, cached, written, said, thought) => {
        const usage = {
          inputTokens: fresh + cached + written,
          outputTokens: said + thought,
          cachedInputTokens: cached,
          cacheWriteTokens: written,
          reasoningTokens: thought,
        };
        const dialect = dialectOf(caller);
        const request = dialectOf('openai-chat').parseRequest(
          { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
          NO_CONTEXT,
        );
        const answer = { id: 'x', model: 'm', created: 1, choices: [], usage };
        const again = dialect.readUsage(dialect.renderAnswer(answer, request));
        // Every dialect states these; what it has no word for is not stated, and never another number.
        expect(again).toMatchObject({ inputTokens: usage.inputTokens, outputTokens: usage.outputTokens });
        for (const part of ['cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens'] as const)
          expect([usage[part], null]).toContain(again![part]);
      }),
    );
  });

  it.each(PAIRS)('of an upstream of %s survives any bytes for a caller of %s', (upstream, caller) => {
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    const line = fc.oneof(
      fc.json().map((json) => Buffer.from(`data: ${json}\n\n`)),
      fc.constantFrom(...CHAT_EVENTS).map((event) => Buffer.from(`data: ${JSON.stringify(event)}\n\n`)),
      noise,
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (chunks) => {
        const { body, streamed, failure } = convert(upstream, caller, chunks);
        if (failure !== null) expect(failure).toMatchObject({ code: 'upstream_error' });
        const told = Buffer.concat([streamed, body.breakOff(new AppError('upstream_error', 'cut'))]);
        expect(told.toString()).not.toMatch(MARK);
        expect(told.subarray(-2).toString()).toBe('\n\n');
      }),
      { numRuns: 25 },
    );
  });
});

describe('a whole answer', () => {
  const ANSWER = {
    id: 'chatcmpl-1',
    created: 5,
    model: 'm-1',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
    usage: USAGE.usage,
  };
  const convertJson = (bytes: Buffer, caller: DialectName = 'openai-responses') => {
    const request = dialectOf('openai-chat').parseRequest(
      { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
      NO_CONTEXT,
    );
    const body = new ConvertedJson({
      context: CONTEXT,
      asEvents: false,
      upstream: dialectOf('openai-chat'),
      caller: dialectOf(caller),
      request,
    });
    for (const byte of bytes) expect(body.push(Buffer.from([byte])).length).toBe(0);
    return { body, end: body.end() };
  };

  it('is converted with its usage, byte by byte', () => {
    const { body, end } = convertJson(Buffer.from(JSON.stringify(ANSWER)));
    expect(end.state).toBe('complete');
    expect(JSON.parse(end.last.toString())).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello' }] }],
      usage: {
        input_tokens: 12,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
        output_tokens: 34,
        output_tokens_details: { reasoning_tokens: 10 },
        total_tokens: 46,
      },
    });
    expect(body).toMatchObject({ usage: STATED, textBytes: 5, servedModel: 'm-1' });
  });

  it.each(['', '{', '<html>', '[]', 'null', '{"error":{"message":"no"}}', '['.repeat(5_000)])(
    'that is %j fails, and nothing of it is sent',
    (text) => {
      const { end } = convertJson(Buffer.from(text));
      expect(end).toMatchObject({ state: 'failed', last: Buffer.alloc(0) });
      expect(end.error?.code).toBe('upstream_error');
    },
  );
});
