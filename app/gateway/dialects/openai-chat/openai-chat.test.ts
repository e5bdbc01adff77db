import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { JsonObject } from '../dialect.ts';
import { editMembers, scanMembers } from '../json-members.ts';
import type { NeutralPart } from '../neutral.ts';
import { openaiChat } from './index.ts';

const NO_CONTEXT = { model: null, stream: null };
const MESSAGES = [{ role: 'user', content: 'hi' }];
const facts = (body: JsonObject) => openaiChat.readFacts(body, NO_CONTEXT, DEFAULT_LIMITS);
const chat = (more: JsonObject = {}): JsonObject => ({ model: 'm', messages: MESSAGES, ...more });
const parse = (body: JsonObject) => openaiChat.parseRequest(body, NO_CONTEXT);

const refusalOf = (field: string) =>
  expect.objectContaining({ code: 'invalid_request', issues: [expect.objectContaining({ field })] });

describe('the facts of a chat request', () => {
  it('are its model, bounds and wishes', () => {
    expect(facts(chat({ max_tokens: 7, n: 2, stream: true }))).toMatchObject({
      model: 'm',
      stream: true,
      wantsUsage: false,
      maxOutputTokens: 7,
      choices: 2,
    });
    expect(facts(chat({ max_tokens: 7, max_completion_tokens: 9 })).maxOutputTokens).toBe(9);
    expect(facts(chat({ max_tokens: null })).maxOutputTokens).toBeNull();
    expect(facts(chat({ stream_options: { include_usage: true } })).wantsUsage).toBe(true);
  });

  const NUMBERS = [
    ...['n', 'max_tokens', 'max_completion_tokens', 'top_logprobs', 'top_k'],
    ...['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'seed'],
  ];
  const HOSTILE = ['1e400', '-1e400', '"1"', '"NaN"', '18446744073709551616', '[]', '{}', 'true'];
  it.each(NUMBERS.flatMap((name) => HOSTILE.map((value) => [name, value] as const)))(
    'with %s = %s are refused, and the parameter named',
    (name, value) => {
      const body = JSON.parse(`{"model":"m","messages":[{}],"${name}":${value}}`) as JsonObject;
      expect(() => facts(body)).toThrowError(refusalOf(name));
    },
  );

  it.each([
    ['n', '0'],
    ['n', '129'],
    ['n', '-1'],
    ['n', '1.5'],
    ['max_tokens', '0'],
    ['max_tokens', '-1'],
    ['max_tokens', '1e9'],
    ['top_logprobs', '-1'],
    ['temperature', '-1'],
    ['stream', '"true"'],
    ['logprobs', '5'],
    ['reasoning_effort', '"enormous"'],
    ['model', '5'],
    ['model', '""'],
    ['model', '"a\\u0000b"'],
    ['model', '"a\\ud800b"'],
    ['messages', '[]'],
    ['messages', '"hi"'],
  ])('with %s = %s are refused, and the parameter named', (name, value) => {
    const body = JSON.parse(`{"model":"m","messages":[{}],"${name}":${value}}`) as JsonObject;
    expect(() => facts(body)).toThrowError(refusalOf(name));
  });

  it('count images by number, by data or by address, and text by its length however it looks', () => {
    const image = (url: string) =>
      chat({
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
      });
    const inline = facts(image(`data:image/png;base64,${'A'.repeat(1_000_000)}`));
    expect(inline).toMatchObject({ images: 1 });
    expect(inline.textBytes).toBeLessThan(200);
    expect(facts(image('https://example.com/a.png')).images).toBe(1);
    const text = `data:image/png;base64,${'word '.repeat(60_000)}`;
    for (const body of [
      chat({ messages: [{ role: 'user', content: text }] }),
      chat({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] }),
      chat({ tools: [{ function: { name: 'f', parameters: { default: { url: text } } } }] }),
      chat({
        messages: [
          { role: 'user', content: [{ type: 'file', file: { file_data: `data:text/plain,${text}` } }] },
        ],
      }),
    ])
      expect(facts(body).textBytes).toBeGreaterThan(300_000);
  });
});

describe('the edits of a chat request', () => {
  const edited = (text: string, edits: Parameters<typeof openaiChat.edit>[1]): string => {
    const body = Buffer.from(text);
    const scan = scanMembers(body, 64);
    if (!scan.ok) throw new Error(scan.problem);
    return editMembers(body, scan, openaiChat.edit(JSON.parse(text) as JsonObject, edits)).toString();
  };

  it('change the model and ask for usage, and touch no other byte', () => {
    const text =
      '{ "x": 12345678901234567890, "stream" : true ,"model" : "s/m" , "messages":[{"content":"\\"model\\": {"}] }';
    expect(edited(text, { model: 'm', includeUsage: true })).toBe(
      '{"stream_options":{"include_usage":true}, "x": 12345678901234567890, "stream" : true ,"model" : "m" , "messages":[{"content":"\\"model\\": {"}] }',
    );
    expect(edited(text, { model: 's/m' })).toBe(text);
  });

  it('keep other stream options, and drop all when the stream is switched off', () => {
    const text = JSON.stringify(chat({ stream: true, stream_options: { include_usage: false, extra: [1] } }));
    expect(JSON.parse(edited(text, { includeUsage: true }))).toMatchObject({
      stream_options: { include_usage: true, extra: [1] },
    });
    expect(JSON.parse(edited(text, { stream: false, includeUsage: true }))).toMatchObject({
      stream: false,
      stream_options: null,
    });
  });

  it('put the seller’s prompt before the caller’s, and the history behind both', () => {
    const text = JSON.stringify(chat({ messages: [{ role: 'developer', content: 'theirs' }, ...MESSAGES] }));
    const history = [{ role: 'assistant' as const, parts: [{ type: 'text' as const, text: 'earlier' }] }];
    expect(JSON.parse(edited(text, { systemPrompt: 'ours', history }))).toMatchObject({
      messages: [
        { role: 'system', content: 'ours' },
        { role: 'developer', content: 'theirs' },
        { role: 'assistant', content: 'earlier' },
        { role: 'user', content: 'hi' },
      ],
    });
  });

  it('bound the output under the name that the caller used, else under the one that the model takes', () => {
    const bound = (body: JsonObject, model?: string) =>
      JSON.parse(
        edited(JSON.stringify(body), { maxOutputTokens: 5, ...(model ? { model } : {}) }),
      ) as JsonObject;
    expect(bound(chat({ max_tokens: 9 }))).toMatchObject({ max_tokens: 5 });
    expect(bound(chat({ max_completion_tokens: 9 }))).not.toHaveProperty('max_tokens');
    expect(bound(chat())).toMatchObject({ max_tokens: 5 });
    expect(bound(chat(), 'o3-mini')).toMatchObject({ max_completion_tokens: 5 });
  });

  it('set defaults only where the caller set nothing, under any name', () => {
    const text = JSON.stringify(chat({ temperature: 1, max_completion_tokens: 3 }));
    expect(edited(text, { defaults: { temperature: 0, max_tokens: 100, top_p: 0.5 } })).toBe(
      `{"top_p":0.5,${text.slice(1)}`,
    );
  });
});

const FULL: JsonObject = {
  model: 'm',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'developer', content: [{ type: 'text', text: 'In English.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,CCCC' } },
      ],
    },
    {
      role: 'assistant',
      content: 'Let me see.',
      reasoning_content: 'Hm.',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
        { id: 'c2', type: 'function', function: { name: 'look', arguments: '{"at":2}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
    { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'a dog' }] },
    { role: 'assistant', content: null, refusal: 'No.' },
    { role: 'user', content: 'Go on.' },
  ],
  tools: [
    {
      type: 'function',
      function: { name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: true },
    },
  ],
  tool_choice: { type: 'function', function: { name: 'look' } },
  parallel_tool_calls: false,
  response_format: {
    type: 'json_schema',
    json_schema: { name: 's', schema: { type: 'object' }, strict: true },
  },
  reasoning_effort: 'xhigh',
  max_completion_tokens: 9,
  temperature: 0.5,
  top_p: 0.9,
  stop: ['a', 'b'],
  n: 2,
  seed: 7,
  presence_penalty: 1,
  frequency_penalty: -1,
  logprobs: true,
  top_logprobs: 3,
  user: 'u',
  stream: true,
  stream_options: { include_usage: true },
  logit_bias: { '5': 1 },
};

describe('a whole chat request', () => {
  it('survives the neutral form', () => {
    const { body, dropped } = openaiChat.renderRequest(parse(FULL));
    expect(dropped).toEqual([]);
    expect(body).toEqual({
      ...FULL,
      max_completion_tokens: undefined,
      max_tokens: 9,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'system', content: 'In English.' },
        ...(FULL['messages'] as unknown[]).slice(2, 5),
        { role: 'tool', tool_call_id: 'c2', content: 'a dog' },
        ...(FULL['messages'] as unknown[]).slice(6),
      ],
    });
  });

  it('is the same when it is parsed again', () => {
    const once = parse(FULL);
    expect(parse(openaiChat.renderRequest(once).body)).toEqual(once);
  });

  it('names what no other dialect has', () => {
    const request = parse(
      chat({ top_k: 5, web_search_options: {}, audio: null, store: false, provider: {} }),
    );
    expect(request.topK).toBe(5);
    expect(openaiChat.renderRequest(request).dropped).toEqual(['web_search_options', 'top_k']);
  });

  it('may use functions of old', () => {
    const request = parse({
      model: 'm',
      messages: [
        ...MESSAGES,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: 'done' },
      ],
      functions: [{ name: 'f' }],
      function_call: { name: 'f' },
    });
    expect(request).toMatchObject({
      legacyFunctions: true,
      toolChoice: { name: 'f' },
      tools: [{ name: 'f' }],
      messages: [
        {},
        { parts: [{ type: 'tool_call', id: 'call_f_0' }] },
        { role: 'tool', parts: [{ callId: 'call_f_0', parts: [{ text: 'done' }] }] },
      ],
    });
    const answer = {
      id: 'x',
      model: 'm',
      created: 1,
      usage: null,
      choices: [
        {
          index: 0,
          stop: 'tool_calls' as const,
          parts: [{ type: 'tool_call' as const, id: 'c', name: 'f', arguments: '{}' }],
        },
      ],
    };
    expect(openaiChat.renderAnswer(answer, request)).toMatchObject({
      choices: [
        { message: { function_call: { name: 'f', arguments: '{}' } }, finish_reason: 'function_call' },
      ],
    });
  });

  it('allows some tools only', () => {
    const tool = (name: string) => ({ type: 'function', function: { name } });
    const choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('b')] } };
    const request = parse(chat({ tools: [tool('a'), tool('b')], tool_choice: choice }));
    expect(request).toMatchObject({ tools: [{ name: 'b' }], toolChoice: 'required' });
  });

  it('shows results that are pictures to the model', () => {
    const result = {
      type: 'tool_result' as const,
      callId: 'c',
      isError: false,
      parts: [
        { type: 'text' as const, text: 'see' },
        { type: 'image' as const, source: { kind: 'url' as const, url: 'https://x.test/a.png' } },
      ],
    };
    const request = { ...parse(chat()), messages: [{ role: 'tool' as const, parts: [result] }] };
    expect(openaiChat.renderRequest(request).body['messages']).toEqual([
      { role: 'tool', tool_call_id: 'c', content: 'see' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }] },
    ]);
  });

  it.each([
    ['messages.0.role', { role: 'king', content: 'x' }],
    ['messages.0.content', { role: 'user', content: 5 }],
    ['messages.0.content.0.type', { role: 'user', content: [{ type: 'hologram' }] }],
    ['messages.0.content.0.text', { role: 'user', content: [{ type: 'text', text: 5 }] }],
    [
      'messages.0.content.0.image_url.url',
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] },
    ],
    [
      'messages.0.content.0.file.file_id',
      { role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] },
    ],
    ['messages.0.tool_call_id', { role: 'tool', content: 'x' }],
    ['messages.0.tool_calls.0.id', { role: 'assistant', tool_calls: [{ function: { name: 'f' } }] }],
    ['messages.0', 'hi'],
  ])('with a wrong %s is refused, and the member named', (field, message) => {
    expect(() => parse({ model: 'm', messages: [message] })).toThrowError(refusalOf(field));
  });

  it('with a seed that numbers cannot hold is refused where it would be changed', () => {
    expect(facts(chat({ seed: 2 ** 60 })).model).toBe('m');
    expect(() => parse(chat({ seed: 2 ** 60 }))).toThrowError(refusalOf('seed'));
  });
});

const text = fc.string({ minLength: 1, unit: 'grapheme' });
const textPart = fc.record({ type: fc.constant('text' as const), text });
const mediaPart = fc.oneof(
  fc.record({
    type: fc.constant('image' as const),
    source: fc.record({
      kind: fc.constant('data' as const),
      mediaType: fc.constantFrom('image/png', 'image/jpeg'),
      data: fc.base64String({ minLength: 4 }),
    }),
  }),
  fc.record({
    type: fc.constant('audio' as const),
    source: fc.record({
      kind: fc.constant('data' as const),
      mediaType: fc.constantFrom('audio/wav', 'audio/mpeg'),
      data: fc.base64String({ minLength: 4 }),
    }),
  }),
);
const call = fc.record({
  type: fc.constant('tool_call' as const),
  id: text,
  name: text,
  arguments: fc.json(),
});
const result = fc.record({
  type: fc.constant('tool_result' as const),
  callId: text,
  parts: fc.array(textPart, { minLength: 1, maxLength: 1 }),
  isError: fc.constant(false),
});
const turn = fc.tuple(
  fc.record({
    role: fc.constant('user' as const),
    parts: fc.array(fc.oneof(textPart, mediaPart), { minLength: 1 }),
  }),
  fc.record({
    role: fc.constant('assistant' as const),
    parts: fc.tuple(textPart, call).map((parts) => parts),
  }),
  fc.record({ role: fc.constant('tool' as const), parts: fc.array(result, { minLength: 1 }) }),
);

describe('any conversation', () => {
  it('survives rendering and parsing', () => {
    const base = parse(chat());
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1 }), fc.array(textPart), (turns, system) => {
        const request = { ...base, system, messages: turns.flat() };
        const again = parse(JSON.parse(JSON.stringify(openaiChat.renderRequest(request).body)) as JsonObject);
        expect(again).toEqual(request);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a whole chat answer', () => {
  const ANSWER = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 5,
    model: 'm-1',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hello',
          refusal: null,
          reasoning_content: 'Hm.',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        logprobs: {
          content: [
            {
              token: 'Hello',
              logprob: -0.1,
              bytes: null,
              top_logprobs: [{ token: 'Hi', logprob: -2, bytes: null }],
            },
          ],
          refusal: null,
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
  };

  it('survives the neutral form', () => {
    expect(openaiChat.renderAnswer(openaiChat.parseAnswer(ANSWER), parse(chat()))).toEqual(ANSWER);
    expect(openaiChat.answerTextBytes(ANSWER)).toBeGreaterThanOrEqual('HelloHm.{}'.length);
    expect(openaiChat.readServedModel(ANSWER)).toBe('m-1');
  });

  it('tells what was not stated from zero', () => {
    const usage = (value: unknown) => openaiChat.readUsage({ usage: value });
    expect(usage({ prompt_tokens: 0, completion_tokens: 0 })).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    });
    expect(usage(null)).toBeNull();
    expect(usage({ prompt_tokens: null, completion_tokens: 1 })).toBeNull();
    expect(usage({ prompt_tokens: -1, completion_tokens: 1 })).toBeNull();
  });

  it('counts reasoning that an upstream states beside the completion', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 115,
      completion_tokens_details: { reasoning_tokens: 100 },
    };
    expect(openaiChat.readUsage({ usage })).toMatchObject({ outputTokens: 105, reasoningTokens: 100 });
  });

  it.each([null, [], 'x', {}, { choices: 5 }, { choices: [{}] }, { error: { message: 'overloaded' } }])(
    'that is %j is an upstream error',
    (body) => {
      expect(() => openaiChat.parseAnswer(body)).toThrowError(
        expect.objectContaining({ code: 'upstream_error' }),
      );
    },
  );
});

describe('a chat stream of a server that only resembles OpenAI’s', () => {
  const read = (...chunks: JsonObject[]) => {
    const reader = openaiChat.openReader();
    return chunks.flatMap((chunk) => reader.read({ event: '', data: JSON.stringify(chunk) }));
  };
  const delta = (value: JsonObject, finish: string | null = null): JsonObject => ({
    id: 'x',
    model: 'm',
    created: 1,
    choices: [{ index: 0, delta: value, finish_reason: finish }],
  });

  it('begins with its first choice, not with the verdict of a filter', () => {
    const filter = { id: '', model: '', choices: [], prompt_filter_results: [] };
    expect(read(filter, delta({ content: 'a' }))).toEqual([
      { type: 'start', id: 'x', model: 'm', created: 1 },
      { type: 'text', choice: 0, text: 'a' },
    ]);
  });

  it('stops once, for the right reason', () => {
    const call = { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] };
    const events = read(delta(call, ''), delta({}, 'stop'), delta({}, 'stop'));
    expect(events.filter(({ type }) => type === 'stop')).toEqual([
      { type: 'stop', choice: 0, reason: 'tool_calls' },
    ]);
  });

  it('may think in parts of its content, or with a signature', () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] };
    const signed = { type: 'reasoning.text', text: 'So.', signature: 's' };
    expect(
      read(
        delta({ content: [thinking, { type: 'text', text: 'a' }] }),
        delta({ reasoning: 'So.', reasoning_details: [signed] }),
      ).slice(1),
    ).toEqual([
      { type: 'reasoning', choice: 0, text: 'Hm.' },
      { type: 'text', choice: 0, text: 'a' },
      { type: 'reasoning', choice: 0, text: 'So.', signature: 'tg-chat:s' },
    ]);
  });

  it('is told its own reasoning again, and nobody else’s', () => {
    const message = (...parts: NeutralPart[]) => {
      const request = { ...parse(chat()), messages: [{ role: 'assistant' as const, parts }] };
      return openaiChat.renderRequest(request).body['messages'];
    };
    const reasoning = (signature?: string): NeutralPart => ({
      type: 'reasoning',
      text: 'Hm.',
      ...(signature === undefined ? {} : { signature }),
    });
    expect(message(reasoning())).toEqual([{ role: 'assistant', content: null, reasoning_content: 'Hm.' }]);
    expect(message(reasoning('tg-chat:s'))).toMatchObject([
      { reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 's' }] },
    ]);
    expect(message(reasoning('tg-anthropic:s'))).toEqual([]);
  });
});

describe('the meter of a chat stream', () => {
  const see = (lines: string[], hideUsage = false) => {
    const meter = openaiChat.openMeter({ hideUsage });
    return { meter, verdicts: lines.map((line) => meter.see(Buffer.from(`data: ${line}\n\n`))) };
  };
  const delta = (content: string) =>
    `{"model":"m-1", "choices": [{"delta": {"content": "${content}"}, "finish_reason": null}], "usage": null}`;

  it('finds usage, model, end and text without parsing every event', () => {
    const { meter, verdicts } = see(
      [
        delta('Hello'),
        '{"choices":[{"delta":{},"finish_reason":"stop"}]}',
        '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}',
        '[DONE]',
      ],
      true,
    );
    expect(verdicts).toEqual(['pass', 'pass', 'hide', 'terminal']);
    expect(meter).toMatchObject({ textBytes: 5, servedModel: 'm-1', finished: true, failed: false });
    expect(meter.usage).toMatchObject({ inputTokens: 1, outputTokens: 2 });
  });

  it('is not finished while the reason is null, also where a space stands before it', () => {
    expect(see([delta('x')]).meter.finished).toBe(false);
  });

  it('is not finished by an empty reason, and takes the first model that has a name', () => {
    const { meter } = see(['{"model":"","choices":[]}', '{"model":"m-2","choices":[{"finish_reason":""}]}']);
    expect(meter).toMatchObject({ finished: false, servedModel: 'm-2' });
  });

  it('is not deceived by text that looks like members', () => {
    const { meter, verdicts } = see([
      `{"choices":[{"delta":{"content":${JSON.stringify('"error":{"message":1},"usage":{"prompt_tokens":9},"finish_reason":"stop"')}}}]}`,
    ]);
    expect(verdicts).toEqual(['pass']);
    expect(meter).toMatchObject({ usage: null, failed: false, finished: false });
  });

  it('sees an error inside the stream', () => {
    expect(see(['{"error":{"message":"overloaded"}}']).meter.failed).toBe(true);
    expect(see([`{"error":null,"choices":[]}`]).meter.failed).toBe(false);
  });
});

describe('embeddings', () => {
  const embeddings = openaiChat.embeddings!;

  it('are asked for as text, and answered as numbers or base64', () => {
    const request = embeddings.parseRequest(
      { model: 'm', input: 'hi', encoding_format: 'base64' },
      NO_CONTEXT,
    );
    expect(embeddings.renderRequest(request)).toEqual({
      body: { model: 'm', input: ['hi'], encoding_format: 'float' },
      dropped: [],
    });
    const answer = embeddings.parseAnswer({
      model: 'm',
      data: [{ embedding: [0.5, -1] }],
      usage: { prompt_tokens: 1, total_tokens: 1 },
    });
    const rendered = embeddings.renderAnswer(answer, request);
    expect(embeddings.parseAnswer(rendered)).toEqual(answer);
  });

  it.each([[5], [[[1, 2]]], [[]], [null]])('of %j are refused, and the parameter named', (input) => {
    expect(() => embeddings.parseRequest({ model: 'm', input }, NO_CONTEXT)).toThrowError(refusalOf('input'));
  });
});

describe('a request for a reasoning model', () => {
  const SAMPLED = { temperature: 0.5, topP: 0.9, presencePenalty: 1, frequencyPenalty: 1, logprobs: 2 };
  const NAMES = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'stop'];
  const render = (model: string, more: object) =>
    openaiChat.renderRequest({ ...parse(chat()), model, stop: ['END'], ...SAMPLED, ...more });

  it.each([
    ['o3', null],
    ['gpt-5', null],
    ['gpt-5-mini', { effort: 'none' }],
    ['gpt-5.1', { effort: 'low' }],
    ['gpt-5.2-pro', null],
    ['gpt-5.3-codex', null],
    ['gpt-5.6', null],
    ['gpt-5.10', null],
    ['gpt-6', { budgetTokens: 4_000 }],
  ] as const)('%s leaves out how to sample, and says so: %j', (model, reasoning) => {
    const { body, dropped } = render(model, { reasoning });
    expect(Object.keys(body).filter((name) => NAMES.includes(name))).toEqual([]);
    expect(body).not.toHaveProperty('top_logprobs');
    expect(dropped).toEqual(NAMES);
  });

  it.each([
    ['gpt-5.1', null],
    ['gpt-5.4', { effort: 'none' }],
    ['gpt-5.6', { effort: 'none' }],
  ] as const)('%s is told how to sample while it does not reason: %j', (model, reasoning) => {
    const { body, dropped } = render(model, { reasoning });
    expect(body).toMatchObject({ temperature: 0.5, top_p: 0.9, logprobs: true, top_logprobs: 2 });
    expect(dropped).toEqual(['stop']);
  });

  it.each(['gpt-4o', 'gpt-5-chat-latest', 'gpt-oss-120b', 'openai/gpt-5', 'deepseek-reasoner', 'my-o3'])(
    'is none for %s, which gets all of it',
    (model) => {
      const { body, dropped } = render(model, {});
      expect(body).toMatchObject({ temperature: 0.5, presence_penalty: 1, stop: ['END'] });
      expect(dropped).toEqual([]);
    },
  );

  it('says nothing of what is the model’s own default', () => {
    const usual = {
      temperature: 1,
      topP: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      logprobs: null,
      stop: [],
    };
    const { body, dropped } = render('gpt-5', usual);
    expect([body['temperature'], body['top_p'], dropped]).toEqual([undefined, undefined, []]);
  });
});

describe('a call that another vendor gave a long id', () => {
  it('is found by its result under the short one that OpenAI takes', () => {
    const id = `toolu_${'x'.repeat(60)}`;
    const call: NeutralPart = { type: 'tool_call', id, name: 'f', arguments: '{}' };
    const result: NeutralPart = { type: 'tool_result', callId: id, parts: [], isError: false };
    const { body } = openaiChat.renderRequest({
      ...parse(chat()),
      messages: [
        { role: 'assistant', parts: [call, { ...call, id: `${id}y` }, { ...call, id: 'x'.repeat(40) }] },
        { role: 'tool', parts: [result] },
      ],
    });
    const [assistant, tool] = body['messages'] as [
      { tool_calls: { id: string }[] },
      { tool_call_id: string },
    ];
    const ids = assistant.tool_calls.map((one) => one.id);
    expect(tool.tool_call_id).toBe(ids[0]);
    expect(ids.every((one) => one.length <= 40)).toBe(true);
    expect(new Set(ids).size).toBe(3);
    expect(ids[2]).toBe('x'.repeat(40));
  });
});
