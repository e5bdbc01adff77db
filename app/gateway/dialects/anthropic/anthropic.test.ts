import { describe, expect, it } from 'vitest';
import { AppError } from '../../../lib/app-error.ts';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { JsonObject } from '../dialect.ts';
import type { NeutralEvent, NeutralRequest, TokenUsage } from '../neutral.ts';
import { EventSplitter, parseSseEvent } from '../kit/sse.ts';
import { anthropic } from './index.ts';

const CONTEXT = { model: null, stream: null };
const BASE: JsonObject = {
  model: 'claude-sonnet-4-5',
  max_tokens: 4_096,
  messages: [{ role: 'user', content: 'Hi' }],
};

function parse(more: JsonObject = {}): NeutralRequest {
  return anthropic.parseRequest({ ...BASE, ...more }, CONTEXT);
}

function sse(events: readonly (JsonObject & { type: string })[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** As Anthropic's documentation shows it: thinking, text, a call, cached input. */
const STREAM = sse([
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [],
      model: 'claude-sonnet-4-5-20250929',
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: 25,
        cache_creation_input_tokens: 10,
        cache_read_input_tokens: 100,
        output_tokens: 1,
      },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Let me see' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQBCgIYAhIM' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Héllo "there"' } },
  { type: 'content_block_stop', index: 1 },
  {
    type: 'content_block_start',
    index: 2,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
  },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '"Paris"}' } },
  { type: 'content_block_stop', index: 2 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 89, output_tokens_details: { thinking_tokens: 30 } },
  },
  { type: 'message_stop' },
]);

const STREAM_USAGE: TokenUsage = {
  inputTokens: 135,
  outputTokens: 89,
  cachedInputTokens: 100,
  cacheWriteTokens: 10,
  reasoningTokens: 30,
};

function read(stream: string, size: number): NeutralEvent[] {
  const bytes = Buffer.from(stream);
  const splitter = new EventSplitter(bytes.length);
  const reader = anthropic.openReader();
  const events: NeutralEvent[] = [];
  for (let from = 0; from < bytes.length; from += size) {
    for (const event of splitter.push(bytes.subarray(from, from + size))) {
      const parsed = parseSseEvent(event);
      if (parsed) events.push(...reader.read(parsed));
    }
  }
  return events;
}

describe('a stream of messages', () => {
  it.each([1, 2, 3, 64, 1_000_000])('is read the same in pieces of %i bytes', (size) => {
    const [start, ...rest] = read(STREAM, size);
    expect(start).toMatchObject({
      type: 'start',
      id: 'msg_1',
      model: 'claude-sonnet-4-5-20250929',
      usage: { inputTokens: 135, outputTokens: 1 },
    });
    expect(rest).toEqual([
      { type: 'reasoning', choice: 0, text: 'Let me see' },
      { type: 'reasoning', choice: 0, text: '', signature: 'tg-anthropic:EqQBCgIYAhIM' },
      { type: 'text', choice: 0, text: 'Héllo "there"' },
      { type: 'tool_call', choice: 0, index: 0, id: 'toolu_1', name: 'weather' },
      { type: 'tool_arguments', choice: 0, index: 0, text: '{"city":' },
      { type: 'tool_arguments', choice: 0, index: 0, text: '"Paris"}' },
      { type: 'stop', choice: 0, reason: 'tool_calls' },
      { type: 'usage', usage: STREAM_USAGE },
      { type: 'end' },
    ]);
  });

  it('is written back with the same blocks, signature and counts', () => {
    const writer = anthropic.openWriter(parse());
    const written = read(STREAM, 1_000_000)
      .map((event) => writer.write(event))
      .join('');
    expect(read(written, 1)).toEqual(read(STREAM, 1));
    const types = [...written.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types[0]).toBe('message_start');
    expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
    expect(types.filter((type) => type === 'content_block_start')).toHaveLength(3);
    expect(types.filter((type) => type === 'content_block_stop')).toHaveLength(3);
  });

  it('is metered without being read as a whole: text, counts, the end', () => {
    const meter = anthropic.openMeter({ hideUsage: false });
    const verdicts = new EventSplitter(STREAM.length * 2)
      .push(Buffer.from(STREAM))
      .map((event) => meter.see(event));
    expect(verdicts.at(-1)).toBe('terminal');
    expect(verdicts.filter((verdict) => verdict !== 'pass')).toHaveLength(1);
    expect(meter.usage).toEqual(STREAM_USAGE);
    expect(meter.textBytes).toBe(
      Buffer.byteLength('Let me see') + Buffer.byteLength('Héllo "there"') + '{"city":"Paris"}'.length,
    );
    expect(meter).toMatchObject({
      servedModel: 'claude-sonnet-4-5-20250929',
      finished: true,
      failed: false,
    });
  });

  it('that is cut is neither finished nor counted by its head', () => {
    const meter = anthropic.openMeter({ hideUsage: false });
    const cut = STREAM.slice(0, STREAM.indexOf('event: message_delta'));
    for (const event of new EventSplitter(cut.length * 2).push(Buffer.from(cut))) meter.see(event);
    expect(meter.finished).toBe(false);
  });

  it('that fails says so to meter and reader', () => {
    const event =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    const meter = anthropic.openMeter({ hideUsage: false });
    expect(meter.see(Buffer.from(event))).toBe('pass');
    expect(meter.failed).toBe(true);
    expect(read(event, 5)).toEqual([{ type: 'error', message: 'Overloaded', code: 'overloaded_error' }]);
  });

  it('is refused when arguments of several calls are mixed', () => {
    const writer = anthropic.openWriter(parse());
    writer.write({ type: 'start', id: '', model: '', created: 0 });
    writer.write({ type: 'tool_call', choice: 0, index: 0, id: 'a', name: 'f' });
    writer.write({ type: 'tool_call', choice: 0, index: 1, id: 'b', name: 'f' });
    expect(() => writer.write({ type: 'tool_arguments', choice: 0, index: 0, text: '{}' })).toThrow(
      'mixed the arguments',
    );
  });
});

describe('usage', () => {
  it('survives both ways exactly, whatever is cached', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const [a, b, c, d] = [seed * 7_919, seed * 104_729, seed * 1_299_709, seed * 31].map((n) => n % 50_000);
      const usage: TokenUsage = {
        inputTokens: a! + b! + c!,
        outputTokens: d!,
        cachedInputTokens: seed % 3 === 0 ? null : b!,
        cacheWriteTokens: seed % 5 === 0 ? null : c!,
        reasoningTokens: seed % 2 === 0 ? null : Math.floor(d! / 2),
      };
      const answer = { id: 'm', model: 'm', created: 0, choices: [], usage };
      const body = anthropic.renderAnswer(answer, parse());
      expect(anthropic.readUsage(body)).toEqual(usage);
      const { input_tokens: uncached } = body['usage'] as { input_tokens: number };
      expect(uncached).toBe(
        a! + (usage.cachedInputTokens === null ? b! : 0) + (usage.cacheWriteTokens === null ? c! : 0),
      );
    }
  });

  it('of zero is zero, and not stated is null', () => {
    expect(anthropic.readUsage({ usage: { input_tokens: 0, output_tokens: 0 } })).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
      cachedInputTokens: null,
    });
    expect(anthropic.readUsage({})).toBeNull();
    expect(anthropic.readUsage({ usage: { input_tokens: 5 } })).toBeNull();
  });

  it.each([-1, 0.5, 1e300, NaN, '7', [], {}, true])('that cannot be true is not believed: %s', (hostile) => {
    expect(anthropic.readUsage({ usage: { input_tokens: hostile, output_tokens: 1 } })).toBeNull();
    expect(anthropic.readUsage({ usage: { input_tokens: 1, output_tokens: hostile } })).toBeNull();
    expect(
      anthropic.readUsage({ usage: { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: hostile } }),
    ).toBeNull();
  });
});

describe('a message request', () => {
  it('comes back from the neutral form as it was', () => {
    const body: JsonObject = {
      ...BASE,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See', cache_control: { type: 'ephemeral' } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
              title: 'a.pdf',
            },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Ünïcode' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'abc' },
            { type: 'redacted_thinking', data: 'xyz' },
            { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: [1, { b: null }] } },
            { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_1',
              content: [
                { type: 'text', text: 'no' },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
              ],
              is_error: true,
            },
            { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'ok' }] },
            { type: 'text', text: 'Go on' },
          ],
        },
      ],
      tools: [
        {
          name: 'f',
          description: 'F',
          input_schema: { type: 'object', additionalProperties: false },
          strict: true,
        },
      ],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      stop_sequences: ['X'],
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      top_p: 0.99,
      metadata: { user_id: 'u1' },
      stream: true,
    };
    expect(anthropic.renderRequest(anthropic.parseRequest(body, CONTEXT))).toEqual({ body, dropped: [] });
  });

  it.each(['messages', 'system', 'tools', 'thinking', 'metadata'])('names a wrong "%s"', (name) => {
    expect(() => parse({ [name]: 5 })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it.each([
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: 1e12 }, 'max_tokens'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ temperature: 1.1 }, 'temperature'],
    [{ top_p: -0.1 }, 'top_p'],
    [{ top_k: 2.5 }, 'top_k'],
    [{ stop_sequences: [1] }, 'stop_sequences.0'],
    [{ thinking: { type: 'enabled', budget_tokens: 5 } }, 'thinking.budget_tokens'],
    [{ output_config: { effort: 'huge' } }, 'output_config.effort'],
    [{ stream: 'yes' }, 'stream'],
    [{ model: 'a\u0000b' }, 'model'],
    [{ messages: [] }, 'messages'],
  ])('is bounded: %j', (wrong, field) => {
    const facts = (): unknown => anthropic.readFacts({ ...BASE, ...wrong }, CONTEXT, DEFAULT_LIMITS);
    expect(facts).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ field }) as unknown] }),
    );
  });

  it('counts pictures as pictures and text as text', () => {
    const picture = { type: 'base64', media_type: 'image/png', data: `iVBORw0KGgo${'A'.repeat(30_000)}` };
    const text = { type: 'text', media_type: 'text/plain', data: 'x'.repeat(3_000) };
    const content = [
      { type: 'image', source: picture },
      { type: 'document', source: text },
    ];
    const facts = anthropic.readFacts(
      { ...BASE, messages: [{ role: 'user', content }] },
      CONTEXT,
      DEFAULT_LIMITS,
    );
    expect(facts).toMatchObject({ images: 1, maxOutputTokens: 4_096, choices: 1, stream: false });
    expect(facts.textBytes).toBeGreaterThan(3_000);
    expect(facts.textBytes).toBeLessThan(4_000);
  });

  it('counts what only looks like a picture as the text it is', () => {
    const data = `iVBORw0KGgo${'A'.repeat(9_000)}`;
    const url = `https://e.com/${'word '.repeat(1_800)}`;
    for (const content of [
      [{ type: 'tool_use', id: 'a', name: 'f', input: { source: { data } } }],
      [{ type: 'document', source: { type: 'text', data: `${data} and words` } }],
      [{ type: 'image', source: { type: 'url', url } }],
    ]) {
      const facts = anthropic.readFacts(
        { ...BASE, messages: [{ role: 'assistant', content }] },
        CONTEXT,
        DEFAULT_LIMITS,
      );
      expect(facts.images).toBe(0);
      expect(facts.textBytes).toBeGreaterThan(9_000);
    }
  });

  it('without a bound gets one, and neighbours of one role become one message', () => {
    const { body } = anthropic.renderRequest({
      ...parse(),
      maxOutputTokens: null,
      messages: [
        { role: 'user', parts: [{ type: 'text', text: 'a' }] },
        { role: 'user', parts: [{ type: 'text', text: 'b' }] },
        { role: 'assistant', parts: [{ type: 'text', text: '' }] },
      ],
    });
    expect(body).toMatchObject({ max_tokens: 4_096 });
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ]);
  });

  it('takes no thinking that another vendor signed', () => {
    const { body } = anthropic.renderRequest({
      ...parse(),
      messages: [
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'a', signature: 'tg-gemini:x' },
            { type: 'reasoning', text: 'b' },
            { type: 'text', text: 'c' },
          ],
        },
      ],
    });
    expect(body['messages']).toEqual([{ role: 'assistant', content: [{ type: 'text', text: 'c' }] }]);
  });

  it.each([
    ['claude-sonnet-4-5', { effort: 'medium' }, { thinking: { type: 'enabled', budget_tokens: 2_048 } }],
    [
      'claude-3-7-sonnet-20250219',
      { effort: 'low' },
      { thinking: { type: 'enabled', budget_tokens: 2_048 } },
    ],
    [
      'claude-opus-4-6',
      { effort: 'high' },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    [
      'claude-opus-5',
      { budgetTokens: 5_000 },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
    ],
    ['claude-opus-4-6', { effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['claude-opus-5', { effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5-5', { effort: 'none' }, { thinking: { type: 'between_tools' } }],
  ] as const)('lets %s think as it can: %j', (model, reasoning, expected) => {
    const { body, dropped } = anthropic.renderRequest({ ...parse(), model, reasoning });
    expect(body).toMatchObject(expected);
    expect(dropped).toEqual([]);
  });

  it.each(['claude-opus-5-5', 'claude-fable-5-1', 'anthropic/claude-opus-5.5'])(
    'asks %s to think as little as it can where it cannot be without, and says so',
    (model) => {
      const { body, dropped } = anthropic.renderRequest({ ...parse(), model, reasoning: { effort: 'none' } });
      expect([body['thinking'], body['output_config'], dropped]).toEqual([
        undefined,
        { effort: 'low' },
        ['thinking'],
      ]);
    },
  );

  it.each([
    ['claude-opus-4-7', false],
    ['claude-opus-4-8', false],
    ['claude-sonnet-5', false],
    ['claude-haiku-5-5', false],
    ['claude-fable-5-1', false],
    ['anthropic.claude-opus-4-7-v1:0', false],
    ['claude-sonnet-4-6', true],
    ['claude-haiku-4-5-20251001', true],
    ['claude-opus-4-20250514', true],
    ['claude-3-7-sonnet-20250219', true],
    ['a-model-of-another-vendor-5-5', true],
  ])('tells %s how to sample: %s', (model, takes) => {
    const { body, dropped } = anthropic.renderRequest({ ...parse(), model, temperature: 0.5, topK: 3 });
    expect([body['temperature'], body['top_k']]).toEqual(takes ? [0.5, 3] : [undefined, undefined]);
    expect(dropped).toEqual(takes ? [] : ['temperature', 'top_k']);
    const usual = anthropic.renderRequest({ ...parse(), model, temperature: 1 });
    expect([usual.body['temperature'], usual.dropped]).toEqual([takes ? 1 : undefined, []]);
  });

  it.each([
    ['claude-opus-5-5', false],
    ['claude-sonnet-5-5', false],
    ['claude-fable-5-1', false],
    ['claude-haiku-5-5', true],
    ['claude-opus-5', true],
    ['claude-sonnet-4-5', true],
  ])('forces a tool on %s: %s', (model, forces) => {
    const { body, dropped } = anthropic.renderRequest({
      ...parse(),
      model,
      tools: [{ name: 'f', parameters: { type: 'object' } }],
      toolChoice: { name: 'f' },
      parallelToolCalls: false,
    });
    expect(body['tool_choice']).toEqual({
      ...(forces ? { type: 'tool', name: 'f' } : { type: 'auto' }),
      disable_parallel_tool_use: true,
    });
    expect(dropped).toEqual(forces ? [] : ['tool_choice']);
  });

  it('gives up thinking, and says so, where a tool is forced', () => {
    const tools = [{ name: 'f', parameters: { type: 'object' } }];
    const { body, dropped } = anthropic.renderRequest({
      ...parse({ thinking: { type: 'enabled', budget_tokens: 2_000 } }),
      tools,
      toolChoice: 'required',
    });
    expect(body['thinking']).toBeUndefined();
    expect(dropped).toEqual(['thinking']);
  });
});

describe('edits of a body that stays', () => {
  const names = (edits: Parameters<typeof anthropic.edit>[1], body = BASE): Record<string, unknown> =>
    Object.fromEntries(
      anthropic.edit(body, edits).map(({ name, value }) => [name, JSON.parse(value) as unknown]),
    );

  it('are none when nothing changes', () => {
    expect(names({ model: 'claude-sonnet-4-5', stream: false, maxOutputTokens: 4_096 })).toEqual({});
  });

  it('put the system prompt in front and keep what is cached', () => {
    expect(names({ systemPrompt: 'S' })).toEqual({ system: 'S' });
    const system = [{ type: 'text', text: 'T', cache_control: { type: 'ephemeral' } }];
    expect(names({ systemPrompt: 'S' }, { ...BASE, system })).toEqual({
      system: [{ type: 'text', text: 'S' }, ...system],
    });
    expect(names({ systemPrompt: 'S' }, { ...BASE, system: 'T' })).toEqual({
      system: [
        { type: 'text', text: 'S' },
        { type: 'text', text: 'T' },
      ],
    });
  });

  it('set model, stream, bound, history and defaults that are not set', () => {
    expect(
      names({
        model: 'other',
        stream: true,
        maxOutputTokens: 10,
        history: [{ role: 'assistant', parts: [{ type: 'text', text: 'h' }] }],
        defaults: { temperature: 0.1, max_tokens: 1 },
      }),
    ).toEqual({
      model: 'other',
      stream: true,
      max_tokens: 10,
      messages: [
        { role: 'assistant', content: [{ type: 'text', text: 'h' }] },
        { role: 'user', content: 'Hi' },
      ],
      temperature: 0.1,
    });
  });
});

describe('errors', () => {
  it.each([
    ['invalid_request', 'invalid_request_error'],
    ['invalid_api_key', 'authentication_error'],
    ['insufficient_balance', 'billing_error'],
    ['key_not_allowed', 'permission_error'],
    ['model_not_found', 'not_found_error'],
    ['payload_too_large', 'request_too_large'],
    ['rate_limited', 'rate_limit_error'],
    ['internal', 'api_error'],
    ['upstream_error', 'api_error'],
    ['overloaded', 'overloaded_error'],
  ] as const)('%s is %s', (code, type) => {
    const context = { requestId: 'req_1', publicUrl: 'https://t.example' };
    const body = anthropic.renderError(new AppError(code, 'Why.'), context);
    expect(body).toMatchObject({ type: 'error', error: { type, message: 'Why.' }, request_id: 'req_1' });
    expect(anthropic.readErrorMessage(body)).toBe('Why.');
    expect(() => anthropic.parseAnswer(body)).toThrow('Why.');
    expect(anthropic.renderErrorEvent(new AppError(code, 'Why.'), context)).toMatch(
      /^event: error\ndata: \{/,
    );
  });
});

describe('a schema of another vendor', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      age: { type: 'integer', minimum: 0, maximum: 150, description: 'In years' },
      code: { type: 'string', pattern: '^[A-Z]+$', maxLength: 4 },
      when: { type: 'string', format: 'date-time' },
      link: { type: 'string', format: 'uri-reference' },
      tags: { type: 'array', minItems: 2, items: { type: 'string', minLength: 1 } },
      some: { type: 'array', minItems: 1, items: { oneOf: [{ type: 'string' }, { $ref: '#/$defs/n' }] } },
      minimum: { type: 'number', default: 1 },
    },
    required: ['age'],
    $defs: { n: { type: 'object', properties: {}, additionalProperties: true } },
  };
  const fitted = {
    type: 'object',
    properties: {
      age: { type: 'integer', description: 'In years\n\n{minimum: 0, maximum: 150}' },
      code: { type: 'string', description: '{pattern: "^[A-Z]+$", maxLength: 4}' },
      when: { type: 'string', format: 'date-time' },
      link: { type: 'string', description: '{format: "uri-reference"}' },
      tags: {
        type: 'array',
        items: { type: 'string', description: '{minLength: 1}' },
        description: '{minItems: 2}',
      },
      some: { type: 'array', minItems: 1, items: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/n' }] } },
      minimum: { type: 'number', default: 1 },
    },
    required: ['age'],
    $defs: { n: { type: 'object', properties: {}, additionalProperties: false } },
    additionalProperties: false,
  };

  it('tells in words what Anthropic does not enforce', () => {
    const { body } = anthropic.renderRequest({
      ...parse(),
      responseFormat: { type: 'json_schema', name: 'output', schema },
    });
    expect(body['output_config']).toEqual({ format: { type: 'json_schema', schema: fitted } });
  });

  it('stays as it is where nothing of it is enforced', () => {
    const tools = [
      { name: 'f', parameters: schema, strict: true },
      { name: 'g', parameters: schema },
    ];
    const { body } = anthropic.renderRequest({ ...parse(), tools });
    const [strict, lax] = body['tools'] as { input_schema: JsonObject }[];
    expect(strict!.input_schema).toEqual(fitted);
    expect(lax!.input_schema).toEqual(schema);
  });
});

it('JSON without a schema is asked for in words, and said not to be enforced', () => {
  const { body, dropped } = anthropic.renderRequest({
    ...parse({ system: 'Be brief.' }),
    responseFormat: { type: 'json' },
  });
  expect(body['system']).toEqual([
    { type: 'text', text: 'Be brief.' },
    { type: 'text', text: expect.stringContaining('one JSON object') as string },
  ]);
  expect(dropped).toEqual(['output_config.format']);
});
