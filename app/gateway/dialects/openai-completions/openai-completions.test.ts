import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { JsonObject } from '../dialect.ts';
import type { NeutralEvent } from '../neutral.ts';
import { parseSseEvent } from '../kit/sse.ts';
import { openaiCompletions } from './index.ts';

const NO_CONTEXT = { model: null, stream: null };
const parse = (body: JsonObject) => openaiCompletions.parseRequest({ model: 'm', ...body }, NO_CONTEXT);
const facts = (body: JsonObject) =>
  openaiCompletions.readFacts({ model: 'm', ...body }, NO_CONTEXT, DEFAULT_LIMITS);
const refusalOf = (field: string) =>
  expect.objectContaining({ code: 'invalid_request', issues: [expect.objectContaining({ field })] });

describe('the facts of a completion', () => {
  it('count every candidate of every prompt, for each is paid for', () => {
    expect(facts({ prompt: 'hi' })).toMatchObject({ choices: 1, maxOutputTokens: null, textBytes: 2 });
    expect(facts({ prompt: ['a', 'b', 'c'], n: 2, best_of: 5 }).choices).toBe(15);
    expect(facts({ prompt: [1, 2, 3] })).toMatchObject({ choices: 1, textBytes: 12 });
    expect(facts({ prompt: [[1, 2], [3]] })).toMatchObject({ choices: 2, textBytes: 12 });
  });

  const NUMBERS = ['n', 'best_of', 'max_tokens', 'logprobs', 'temperature', 'top_p', 'seed'];
  it.each(
    NUMBERS.flatMap((name) =>
      ['1e400', '"1"', '"NaN"', '18446744073709551616', '[]'].map((value) => [name, value] as const),
    ),
  )('with %s = %s are refused, and the parameter named', (name, value) => {
    const body = JSON.parse(`{"prompt":"x","${name}":${value}}`) as JsonObject;
    expect(() => facts(body)).toThrowError(refusalOf(name));
  });

  it.each([
    ['prompt', {}],
    ['prompt', { prompt: [] }],
    ['prompt', { prompt: {} }],
    ['prompt', { prompt: Array(65).fill('x'), n: 2 }],
    ['best_of', { prompt: 'x', n: 3, best_of: 2 }],
    ['max_tokens', { prompt: 'x', max_tokens: -1 }],
    ['echo', { prompt: 'x', echo: 'yes' }],
    ['suffix', { prompt: 'x', suffix: 5 }],
  ])('with a wrong %s are refused, and the parameter named', (field, body) => {
    expect(() => facts(body)).toThrowError(refusalOf(field));
  });
});

describe('a whole completion request', () => {
  const FULL: JsonObject = {
    model: 'm',
    prompt: 'Once upon',
    max_tokens: 9,
    temperature: 0.5,
    top_p: 0.9,
    n: 2,
    stop: ['a'],
    seed: 7,
    presence_penalty: 1,
    frequency_penalty: -1,
    logprobs: 3,
    user: 'u',
    stream: true,
    stream_options: { include_usage: true },
    suffix: '.',
    best_of: 4,
    logit_bias: { '5': 1 },
  };

  it('survives the neutral form', () => {
    const request = parse(FULL);
    expect(openaiCompletions.renderRequest(request)).toEqual({ body: FULL, dropped: [] });
  });

  it('ends after sixteen tokens when nothing is said, whoever answers', () => {
    expect(parse({ prompt: 'x' }).maxOutputTokens).toBe(16);
  });

  it.each([
    ['echo', { prompt: 'x', echo: true }],
    ['prompt', { prompt: ['a', 'b'] }],
    ['prompt', { prompt: [1, 2] }],
  ])('whose %s only such a server can follow is refused, and the parameter named', (field, body) => {
    expect(() => parse(body)).toThrowError(refusalOf(field));
  });

  it('writes a conversation down, for the model to go on with', () => {
    const text = (value: string) => [{ type: 'text' as const, text: value }];
    const request = {
      ...parse({ prompt: 'x' }),
      system: [{ type: 'text' as const, text: 'Be brief.' }],
      messages: [
        { role: 'user' as const, parts: text('Hi') },
        { role: 'assistant' as const, parts: text('Hello') },
        { role: 'user' as const, parts: text('Bye') },
      ],
    };
    expect(openaiCompletions.renderRequest(request).body['prompt']).toBe(
      'Be brief.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: Bye\n\nAssistant:',
    );
  });

  it('cannot call tools or see pictures', () => {
    const request = parse({ prompt: 'x' });
    const tools = [{ name: 'f', parameters: {} }];
    expect(() => openaiCompletions.renderRequest({ ...request, tools })).toThrowError(refusalOf('tools'));
    const image = { type: 'image' as const, source: { kind: 'url' as const, url: 'https://x.test' } };
    const messages = [{ role: 'user' as const, parts: [image] }];
    expect(() => openaiCompletions.renderRequest({ ...request, messages })).toThrowError(
      refusalOf('messages'),
    );
  });

  it('gets the seller’s prompt in front of its own', () => {
    const edits = openaiCompletions.edit({ model: 'm', prompt: ['a', 'b'] }, { systemPrompt: 'Ours.' });
    expect(edits).toEqual([{ name: 'prompt', value: '["Ours.\\n\\na","Ours.\\n\\nb"]' }]);
  });
});

const ANSWER: JsonObject = {
  id: 'cmpl-1',
  object: 'text_completion',
  created: 5,
  model: 'm-1',
  choices: [
    {
      index: 0,
      text: 'a time',
      logprobs: {
        tokens: ['a', ' time'],
        token_logprobs: [-0.1, -0.2],
        top_logprobs: [{ a: -0.1, the: -2 }, {}],
        text_offset: [0, 1],
      },
      finish_reason: 'length',
    },
  ],
  usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 },
};

describe('a whole completion', () => {
  it('survives the neutral form', () => {
    const answer = openaiCompletions.parseAnswer(ANSWER);
    expect(openaiCompletions.renderAnswer(answer, parse({ prompt: 'x' }))).toEqual(ANSWER);
    expect(openaiCompletions.answerTextBytes(ANSWER)).toBe(6);
  });

  it.each([null, {}, { choices: [{}] }, { error: 'no' }])('that is %j is an upstream error', (body) => {
    expect(() => openaiCompletions.parseAnswer(body)).toThrowError(
      expect.objectContaining({ code: 'upstream_error' }),
    );
  });
});

describe('a stream of a completion', () => {
  const EVENTS: NeutralEvent[] = [
    { type: 'start', id: 'cmpl-1', model: 'm-1', created: 5 },
    { type: 'text', choice: 0, text: 'a', logprobs: [{ token: 'a', logprob: -0.1, top: [] }] },
    { type: 'text', choice: 1, text: 'b' },
    { type: 'text', choice: 0, text: ' time', logprobs: [{ token: ' time', logprob: -0.2, top: [] }] },
    { type: 'stop', choice: 0, reason: 'length' },
    { type: 'stop', choice: 1, reason: 'stop' },
    {
      type: 'usage',
      usage: {
        inputTokens: 2,
        outputTokens: 3,
        cachedInputTokens: null,
        cacheWriteTokens: null,
        reasoningTokens: null,
      },
    },
    { type: 'end' },
  ];
  const write = (more: JsonObject): string => {
    const writer = openaiCompletions.openWriter(parse({ prompt: 'x', stream: true, ...more }));
    return EVENTS.map((event) => writer.write(event)).join('');
  };

  it('says the same when it is read again', () => {
    const reader = openaiCompletions.openReader();
    const events = write({ stream_options: { include_usage: true } })
      .split(/(?<=\n\n)/)
      .flatMap((text) => reader.read(parseSseEvent(Buffer.from(text))!));
    expect(events).toEqual(EVENTS);
  });

  it('tells where its tokens stand, and no usage that nobody asked for', () => {
    const stream = write({});
    expect(stream).toContain(
      '"tokens":[" time"],"token_logprobs":[-0.2],"top_logprobs":[{}],"text_offset":[1]',
    );
    expect(stream).not.toContain('usage');
  });

  it('is metered while it passes', () => {
    const meter = openaiCompletions.openMeter({ hideUsage: true });
    const verdicts = write({ stream_options: { include_usage: true } })
      .split(/(?<=\n\n)/)
      .map((text) => meter.see(Buffer.from(text)));
    expect(verdicts.slice(-2)).toEqual(['hide', 'terminal']);
    expect(meter).toMatchObject({ textBytes: 'ab time'.length, servedModel: 'm-1', finished: true });
  });
});
