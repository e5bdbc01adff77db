/** Every dialect as caller with every dialect as upstream: what goes in comes out. */
import { describe, expect, it } from 'vitest';
import type { DialectName } from '../../lib/service-options.ts';
import { AppError, hasErrorCode, isAppError } from '../../lib/app-error.ts';
import { ConvertedEvents } from '../answers/converted-events.ts';
import { ConvertedJson } from '../answers/converted-json.ts';
import type { Dialect, JsonObject, RequestContext } from './dialect.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { dialectOf } from './index.ts';
import type { NeutralAnswer, NeutralEvent, NeutralPart, NeutralRequest, TokenUsage } from './neutral.ts';
import { readArguments } from './kit/read-arguments.ts';
import { EventSplitter, parseSseEvent } from './kit/sse.ts';

const CHATS = ['openai-chat', 'azure', 'openai-responses', 'anthropic', 'gemini'] as const;
const ALL = [...CHATS, 'openai-completions'] as const;
const CONTEXT: RequestContext = { model: 'some-model', stream: false };
const ERROR_CONTEXT = { requestId: 'req_1', publicUrl: 'https://tollgate.example' };
const PIXEL = 'iVBORw0KGgoAAAANSUhEUg==';
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const WEATHER = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

function pairs(names: readonly DialectName[]): [DialectName, DialectName][] {
  return names.flatMap((caller) => names.map((upstream): [DialectName, DialectName] => [caller, upstream]));
}

/** One conversation as each dialect's callers write it. */
const CHAT_BODY: JsonObject = {
  model: 'some-model',
  max_tokens: 500,
  temperature: 0.5,
  stop: ['END'],
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is here, and how is the weather in Paris and Rome?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
      ],
    },
    {
      role: 'assistant',
      content: 'I look it up.',
      tool_calls: [
        { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
        { id: 'call_b', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_a', content: 'sunny' },
    { role: 'tool', tool_call_id: 'call_b', content: 'rain' },
    { role: 'user', content: 'And now?' },
  ],
  tools: [{ type: 'function', function: { name: 'weather', description: 'Tells it.', parameters: WEATHER } }],
  tool_choice: 'required',
  response_format: { type: 'json_schema', json_schema: { name: 'output', schema: SCHEMA, strict: true } },
};

const BODIES: Readonly<Record<(typeof CHATS)[number], JsonObject>> = {
  'openai-chat': CHAT_BODY,
  azure: CHAT_BODY,
  'openai-responses': {
    model: 'some-model',
    max_output_tokens: 500,
    temperature: 0.5,
    instructions: 'Be brief.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is here, and how is the weather in Paris and Rome?' },
          { type: 'input_image', image_url: `data:image/png;base64,${PIXEL}` },
        ],
      },
      { role: 'assistant', content: [{ type: 'output_text', text: 'I look it up.' }] },
      { type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{"city":"Paris"}' },
      { type: 'function_call', call_id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' },
      { type: 'function_call_output', call_id: 'call_a', output: 'sunny' },
      { type: 'function_call_output', call_id: 'call_b', output: 'rain' },
      { role: 'user', content: 'And now?' },
    ],
    tools: [{ type: 'function', name: 'weather', description: 'Tells it.', parameters: WEATHER }],
    tool_choice: 'required',
    text: { format: { type: 'json_schema', name: 'output', schema: SCHEMA, strict: true } },
  },
  anthropic: {
    model: 'some-model',
    max_tokens: 500,
    temperature: 0.5,
    stop_sequences: ['END'],
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is here, and how is the weather in Paris and Rome?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look it up.' },
          { type: 'tool_use', id: 'call_a', name: 'weather', input: { city: 'Paris' } },
          { type: 'tool_use', id: 'call_b', name: 'weather', input: { city: 'Rome' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_a', content: 'sunny' },
          { type: 'tool_result', tool_use_id: 'call_b', content: [{ type: 'text', text: 'rain' }] },
          { type: 'text', text: 'And now?' },
        ],
      },
    ],
    tools: [{ name: 'weather', description: 'Tells it.', input_schema: WEATHER }],
    tool_choice: { type: 'any' },
    output_config: { format: { type: 'json_schema', schema: SCHEMA } },
  },
  gemini: {
    system_instruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      {
        role: 'user',
        parts: [
          { text: 'What is here, and how is the weather in Paris and Rome?' },
          { inline_data: { mime_type: 'image/png', data: PIXEL } },
        ],
      },
      {
        role: 'model',
        parts: [
          { text: 'I look it up.' },
          { functionCall: { id: 'call_a', name: 'weather', args: { city: 'Paris' } } },
          { functionCall: { id: 'call_b', name: 'weather', args: { city: 'Rome' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'call_a', name: 'weather', response: { output: 'sunny' } } },
          { functionResponse: { id: 'call_b', name: 'weather', response: { output: 'rain' } } },
          { text: 'And now?' },
        ],
      },
    ],
    tools: [
      {
        functionDeclarations: [
          {
            name: 'weather',
            description: 'Tells it.',
            parameters: {
              type: 'OBJECT',
              properties: { city: { type: 'STRING' } },
              required: ['city'],
            },
          },
        ],
      },
    ],
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    generationConfig: {
      maxOutputTokens: 500,
      temperature: 0.5,
      stopSequences: ['END'],
      responseMimeType: 'application/json',
      responseJsonSchema: SCHEMA,
    },
  },
};

/** What must survive, without where each dialect draws the lines between messages. */
function essence(request: NeutralRequest): unknown {
  const { responseFormat: format } = request;
  return {
    system: request.system.map(({ text }) => text).join('\n'),
    parts: request.messages.flatMap(({ role, parts }) => parts.map((part) => [role, essenceOfPart(part)])),
    tools: request.tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    toolChoice: request.toolChoice,
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    schema: format?.type === 'json_schema' ? format.schema : null,
  };
}

function essenceOfPart(part: NeutralPart): unknown {
  if (part.type === 'tool_call') return [part.type, part.id, part.name, readArguments(part.arguments)];
  if (part.type === 'tool_result') return [part.type, part.callId, part.parts.map(essenceOfPart)];
  if (part.type === 'image') return [part.type, part.source];
  return [part.type, 'text' in part ? part.text : null];
}

const EXPECTED = essence(dialectOf('openai-chat').parseRequest(CHAT_BODY, CONTEXT));

describe.each(pairs(CHATS))('a request from %s to %s', (caller, upstream) => {
  it('keeps instructions, images, tools, calls, results, schema and bounds', () => {
    const from = dialectOf(caller);
    const to = dialectOf(upstream);
    const request = from.parseRequest(BODIES[caller as (typeof CHATS)[number]], CONTEXT);
    expect(essence(request)).toEqual(EXPECTED);
    const { body, dropped } = to.renderRequest(request);
    expect(essence(to.parseRequest(structuredClone(body), CONTEXT))).toEqual(EXPECTED);
    // Only OpenAI's responses have no stop sequences.
    const lost = upstream === 'openai-responses' && request.stop.length > 0;
    expect(dropped).toHaveLength(lost ? 1 : 0);
  });
});

const USAGE: TokenUsage = {
  inputTokens: 1_000,
  outputTokens: 300,
  cachedInputTokens: 600,
  cacheWriteTokens: 150,
  reasoningTokens: 120,
};

const ANSWER: NeutralAnswer = {
  id: 'answer_1',
  model: 'served-model',
  created: 1_700_000_000,
  choices: [
    {
      index: 0,
      parts: [
        { type: 'reasoning', text: 'Let me think.' },
        { type: 'text', text: 'Two cities: “Paris” & 東京.' },
        { type: 'tool_call', id: 'call_a', name: 'weather', arguments: '{"city":"Paris"}' },
        { type: 'tool_call', id: 'call_b', name: 'weather', arguments: '{"city":"東京"}' },
      ],
      stop: 'tool_calls',
    },
  ],
  usage: USAGE,
};

const EVENTS: NeutralEvent[] = [
  { type: 'start', id: 'answer_1', model: 'served-model', created: 1_700_000_000 },
  { type: 'reasoning', choice: 0, text: 'Let me ' },
  { type: 'reasoning', choice: 0, text: 'think.' },
  { type: 'text', choice: 0, text: 'Two cities: ' },
  { type: 'text', choice: 0, text: '“Paris” & 東京.' },
  { type: 'tool_call', choice: 0, index: 0, id: 'call_a', name: 'weather' },
  { type: 'tool_arguments', choice: 0, index: 0, text: '{"city":' },
  { type: 'tool_arguments', choice: 0, index: 0, text: '"Paris"}' },
  { type: 'tool_call', choice: 0, index: 1, id: 'call_b', name: 'weather' },
  { type: 'tool_arguments', choice: 0, index: 1, text: '{"city":"東京"}' },
  { type: 'stop', choice: 0, reason: 'tool_calls' },
  { type: 'usage', usage: USAGE },
  { type: 'end' },
];

/** Completions know text alone. */
const TEXT_ANSWER: NeutralAnswer = {
  ...ANSWER,
  choices: [{ index: 0, parts: [{ type: 'text', text: 'Two cities.' }], stop: 'length' }],
};
const TEXT_EVENTS: NeutralEvent[] = [
  EVENTS[0]!,
  { type: 'text', choice: 0, text: 'Two ' },
  { type: 'text', choice: 0, text: 'cities.' },
  { type: 'stop', choice: 0, reason: 'length' },
  { type: 'usage', usage: USAGE },
  { type: 'end' },
];

function answerFor(names: readonly DialectName[]): { answer: NeutralAnswer; events: NeutralEvent[] } {
  return names.includes('openai-completions')
    ? { answer: TEXT_ANSWER, events: TEXT_EVENTS }
    : { answer: ANSWER, events: EVENTS };
}

const REQUEST: NeutralRequest = {
  ...dialectOf('openai-chat').parseRequest(CHAT_BODY, CONTEXT),
  stream: true,
  wantsUsage: true,
};

/** Prices in nanos: the same tokens cost the same, whoever counted them. */
function costOf({ inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens }: TokenUsage): bigint {
  const cached = cachedInputTokens ?? 0;
  const written = cacheWriteTokens ?? 0;
  return (
    BigInt(inputTokens - cached - written) * 3_000n +
    BigInt(cached) * 300n +
    BigInt(written) * 3_750n +
    BigInt(outputTokens) * 15_000n
  );
}

interface Heard {
  model: string;
  parts: unknown[];
  stop: string | null;
  usage: TokenUsage | null;
}

function heardOf({ model, choices, usage }: NeutralAnswer): Heard {
  const [choice] = choices;
  return { model, parts: (choice?.parts ?? []).map(essenceOfPart), stop: choice?.stop ?? null, usage };
}

describe.each(pairs(ALL))('an answer to %s from %s', (callerName, upstreamName) => {
  const caller = dialectOf(callerName);
  const upstream = dialectOf(upstreamName);
  const { answer, events } = answerFor([callerName, upstreamName]);

  function convertJson(body: unknown): unknown {
    const converted = openJson(caller, upstream);
    converted.push(Buffer.from(JSON.stringify(body)));
    const { state, last } = converted.end();
    expect(state).toBe('complete');
    expect(converted.usage).toEqual(USAGE);
    return JSON.parse(last.toString('utf8'));
  }

  it('keeps text, reasoning, calls, the stop reason, all token counts and so the cost', () => {
    const body = convertJson(upstream.renderAnswer(answer, REQUEST));
    const heard = heardOf(caller.parseAnswer(body));
    expect(heard).toEqual(heardOf(answer));
    expect(caller.readUsage(body)).toEqual(USAGE);
    expect(costOf(heard.usage!)).toBe(costOf(USAGE));
  });

  it('says the same as a stream, however the bytes are divided', () => {
    const stream = writeStream(upstream, events);
    const whole = heardOf(caller.parseAnswer(convertJson(upstream.renderAnswer(answer, REQUEST))));
    for (const size of [1, 7, stream.length]) {
      const { output, state, usage } = convertStream(caller, upstream, stream, size);
      expect(state).toBe('complete');
      expect(usage).toEqual(USAGE);
      const { heard, ended, errors } = listen(caller, output);
      expect(errors).toEqual([]);
      expect(ended).toBe(true);
      expect(heard).toEqual(whole);
    }
  });

  it('says the same as a stream where the upstream sent it whole to a caller who streams', () => {
    const body = Buffer.from(JSON.stringify(upstream.renderAnswer(answer, REQUEST)));
    const converted = openJson(caller, upstream, true);
    converted.push(body);
    const { state, last } = converted.end();
    expect([state, converted.usage]).toEqual(['complete', USAGE]);
    const { heard, ended, errors } = listen(caller, last);
    expect([ended, errors]).toEqual([true, []]);
    expect(heard).toEqual(heardOf(caller.parseAnswer(convertJson(JSON.parse(body.toString())))));
  });

  it('has a terminal mark only when the upstream said everything, and an error otherwise', () => {
    const stream = writeStream(upstream, events);
    const parts = new EventSplitter(stream.length).push(stream);
    for (let kept = 0; kept < parts.length; kept++) {
      const cut = Buffer.concat(parts.slice(0, kept));
      const { output, state } = convertStream(caller, upstream, cut, cut.length || 1);
      if (state === 'complete') {
        // What was left out said nothing more.
        expect(writtenSoFar(upstream, cut)).toBe(true);
        continue;
      }
      const { ended, errors, lastIsError } = listen(caller, output);
      expect({ kept, state, ended, errors: errors.length, lastIsError }).toEqual({
        kept,
        state: 'truncated',
        ended: false,
        errors: 1,
        lastIsError: true,
      });
    }
  });

  it('passes an upstream’s error on as one error event and nothing behind it', () => {
    const error = new AppError('overloaded', 'Too much to do.');
    const stream = Buffer.concat([
      writeStream(upstream, events.slice(0, 4)),
      Buffer.from(upstream.renderErrorEvent(error, ERROR_CONTEXT)),
      writeStream(upstream, events),
    ]);
    const { output, state } = convertStream(caller, upstream, stream, 16);
    const { ended, errors, lastIsError } = listen(caller, output);
    expect({ state, ended, errors, lastIsError }).toEqual({
      state: 'failed',
      ended: false,
      errors: ['Too much to do.'],
      lastIsError: true,
    });
  });
});

describe.each(pairs(['openai-chat', 'azure', 'openai-responses', 'gemini']))(
  'a picture that is drawn for %s by %s',
  (callerName, upstreamName) => {
    const caller = dialectOf(callerName);
    const upstream = dialectOf(upstreamName);
    const source = { kind: 'data' as const, mediaType: 'image/jpeg', data: PIXEL };
    const text = 'Here it is.';
    const drawn: NeutralAnswer = {
      ...ANSWER,
      choices: [
        {
          index: 0,
          parts: [
            { type: 'text', text },
            { type: 'image', source },
          ],
          stop: 'stop',
        },
      ],
    };

    it('arrives, also in a stream', () => {
      const converted = openJson(caller, upstream);
      converted.push(Buffer.from(JSON.stringify(upstream.renderAnswer(drawn, REQUEST))));
      const whole = heardOf(caller.parseAnswer(JSON.parse(converted.end().last.toString('utf8'))));
      expect(whole).toEqual(heardOf(drawn));
      const stream = writeStream(upstream, [
        EVENTS[0]!,
        { type: 'text', choice: 0, text },
        { type: 'image', choice: 0, source },
        { type: 'stop', choice: 0, reason: 'stop' },
        { type: 'usage', usage: USAGE },
        { type: 'end' },
      ]);
      expect(listen(caller, convertStream(caller, upstream, stream, 9).output).heard).toEqual(whole);
      const late = openJson(caller, upstream, true);
      late.push(Buffer.from(JSON.stringify(upstream.renderAnswer(drawn, REQUEST))));
      expect(listen(caller, late.end().last).heard).toEqual(whole);
    });
  },
);

function writeStream(dialect: Dialect, events: readonly NeutralEvent[]): Buffer {
  const writer = dialect.openWriter(REQUEST);
  return Buffer.from(events.map((event) => writer.write(event)).join(''));
}

function openJson(caller: Dialect, upstream: Dialect, asEvents = false): ConvertedJson {
  return new ConvertedJson({ upstream, caller, request: REQUEST, context: ERROR_CONTEXT, asEvents });
}

function convertStream(
  caller: Dialect,
  upstream: Dialect,
  stream: Buffer,
  size: number,
): { output: Buffer; state: string; usage: TokenUsage | null } {
  const converted = new ConvertedEvents({
    upstream,
    caller,
    request: REQUEST,
    context: ERROR_CONTEXT,
    maxPendingBytes: 1024 * 1024,
  });
  const output: Buffer[] = [];
  let state = 'failed';
  try {
    for (let from = 0; from < stream.length; from += size)
      output.push(converted.push(stream.subarray(from, from + size)));
    const end = converted.end();
    state = end.state;
    output.push(end.last);
    if (state === 'truncated')
      output.push(converted.breakOff(new AppError('upstream_error', 'It broke off.')));
  } catch (error) {
    if (!isAppError(error)) throw error;
    output.push(converted.breakOff(error));
  }
  return { output: Buffer.concat(output), state, usage: converted.usage };
}

/** True when the dialect's own reader takes these bytes for a whole answer. */
function writtenSoFar(dialect: Dialect, stream: Buffer): boolean {
  return listen(dialect, stream).ended;
}

/** What a caller of this dialect makes of a stream. */
function listen(
  dialect: Dialect,
  stream: Buffer,
): { heard: Heard; ended: boolean; errors: string[]; lastIsError: boolean } {
  const reader = dialect.openReader();
  const read = new EventSplitter(stream.length || 1).push(stream).flatMap((bytes) => {
    const event = parseSseEvent(bytes);
    return event === null ? [] : reader.read(event);
  });
  const failed = read.some(({ type }) => type === 'error');
  const events = [...read, ...(failed ? [] : (reader.close?.() ?? []))];
  return {
    heard: accumulate(events),
    ended: events.some(({ type }) => type === 'end'),
    errors: events.flatMap((event) => (event.type === 'error' ? [event.message] : [])),
    lastIsError: events.at(-1)?.type === 'error',
  };
}

function accumulate(events: readonly NeutralEvent[]): Heard {
  const parts: NeutralPart[] = [];
  const calls: Extract<NeutralPart, { type: 'tool_call' }>[] = [];
  const heard: Heard = { model: '', parts: [], stop: null, usage: null };
  for (const event of events) {
    if (event.type === 'start') heard.model = event.model;
    else if (event.type === 'usage') heard.usage = event.usage;
    else if (event.type === 'stop') heard.stop = event.reason;
    else if (event.type === 'text' || event.type === 'reasoning') {
      const last = parts.at(-1);
      if (last?.type === event.type) last.text += event.text;
      else if (event.text !== '') parts.push({ type: event.type, text: event.text });
    } else if (event.type === 'image') {
      parts.push({ type: 'image', source: event.source });
    } else if (event.type === 'tool_call') {
      calls[event.index] = { type: 'tool_call', id: event.id, name: event.name, arguments: '' };
      parts.push(calls[event.index]!);
    } else if (event.type === 'tool_arguments') {
      calls[event.index]!.arguments += event.text;
    }
  }
  return { ...heard, parts: parts.map(essenceOfPart) };
}

describe('what an upstream has not got', () => {
  const chat = dialectOf('openai-chat').parseRequest(
    {
      ...CHAT_BODY,
      response_format: { type: 'json_object' },
      seed: 7,
      n: 2,
      logprobs: true,
      presence_penalty: 1,
      logit_bias: { 50256: -100 },
      user: 'u',
      parallel_tool_calls: false,
    },
    CONTEXT,
  );
  const contents = dialectOf('gemini').parseRequest(
    {
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      generationConfig: { topK: 5, seed: 3, speechConfig: {} },
      tools: [{ googleSearch: {} }],
    },
    CONTEXT,
  );
  const messages = dialectOf('anthropic').parseRequest(
    {
      model: 'm',
      max_tokens: 5,
      top_k: 4,
      container: 'c',
      metadata: { user_id: 'u' },
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    },
    CONTEXT,
  );

  it.each([
    ['anthropic', chat, ['logit_bias', 'logprobs', 'n', 'presence_penalty', 'response_format', 'seed']],
    ['gemini', chat, ['logit_bias', 'parallel_tool_calls', 'user']],
    [
      'openai-chat',
      contents,
      ['generationConfig.speechConfig', 'generationConfig.topK', 'safetySettings', 'tools.googleSearch'],
    ],
    [
      'anthropic',
      contents,
      ['generationConfig.seed', 'generationConfig.speechConfig', 'safetySettings', 'tools.googleSearch'],
    ],
    ['openai-chat', messages, ['container', 'tools.web_search_20250305', 'top_k']],
    ['gemini', messages, ['container', 'metadata.user_id', 'tools.web_search_20250305']],
  ] as const)('is listed for %s in the caller’s words', (upstream, request, names) => {
    expect(dialectOf(upstream).renderRequest(request).dropped.toSorted()).toEqual(names);
  });
});

/** The next turn, as a program writes it that hands the answer back as it came. */
const NEXT_TURN: Readonly<Record<(typeof CHATS)[number], (answer: JsonObject) => JsonObject>> = {
  'openai-chat': chatTurn,
  azure: chatTurn,
  'openai-responses': (answer) => ({ model: 'm', input: answer['output'] }),
  anthropic: (answer) => ({
    model: 'm',
    max_tokens: 5,
    messages: [{ role: 'assistant', content: answer['content'] }],
  }),
  gemini: (answer) => ({ contents: (answer['candidates'] as JsonObject[]).map(({ content }) => content) }),
};

function chatTurn(answer: JsonObject): JsonObject {
  return { model: 'm', messages: (answer['choices'] as JsonObject[]).map(({ message }) => message) };
}

describe.each(CHATS)('what a vendor signed, kept by a caller of %s', (callerName) => {
  const caller = dialectOf(callerName);
  const PARTS: Readonly<Record<'anthropic' | 'gemini', NeutralPart[]>> = {
    anthropic: [
      { type: 'reasoning', text: 'Thought.', signature: 'tg-anthropic:U0lHTkVE' },
      { type: 'tool_call', id: 'call_a', name: 'weather', arguments: '{}' },
    ],
    gemini: [
      { type: 'reasoning', text: '', signature: 'tg-gemini:U0lHTkVE', redacted: true },
      { type: 'tool_call', id: 'call_a', name: 'weather', arguments: '{}' },
    ],
  };

  it.each(['anthropic', 'gemini'] as const)('comes back to %s as it was, and goes nowhere else', (vendor) => {
    const choices = [{ index: 0, parts: PARTS[vendor], stop: 'tool_calls' as const }];
    const answer = caller.renderAnswer({ ...ANSWER, choices }, REQUEST);
    const next = caller.parseRequest(NEXT_TURN[callerName](structuredClone(answer)), CONTEXT);
    expect(next.messages.flatMap(({ parts }) => parts)).toEqual(PARTS[vendor]);
    for (const name of CHATS) {
      const sent = JSON.stringify(dialectOf(name).renderRequest(next).body);
      expect(sent.includes('U0lHTkVE')).toBe(name === vendor);
      expect(sent).not.toContain('tg-');
    }
  });
});

const HOSTILE: readonly unknown[] = [null, 0, -1, 1e308, '', 'x\u0000', '\ud800', [], {}, [null], [[]], true];

/** The body with one value anywhere in it replaced, for every value and every hostile one. */
function* spoil(value: unknown): Generator<unknown> {
  yield* HOSTILE;
  if (Array.isArray(value)) {
    for (const [i, one] of value.entries())
      for (const spoilt of spoil(one)) yield value.with(i, spoilt) as unknown;
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value))
      for (const spoilt of spoil(one)) yield { ...value, [name]: spoilt };
  }
}

describe.each(CHATS)('a body of %s with anything wrong in it', (callerName) => {
  it('is understood or refused with a word, never more', () => {
    const caller = dialectOf(callerName);
    const refusals: unknown[] = [];
    for (const body of spoil(BODIES[callerName])) {
      if (typeof body !== 'object' || body === null || Array.isArray(body)) continue;
      try {
        caller.readFacts(body as JsonObject, CONTEXT, DEFAULT_LIMITS);
        caller.edit(body as JsonObject, { model: 'o', systemPrompt: 's', maxOutputTokens: 5 });
        const request = caller.parseRequest(body as JsonObject, CONTEXT);
        for (const name of ALL) {
          try {
            JSON.stringify(dialectOf(name).renderRequest(request));
          } catch (error) {
            refusals.push(error);
          }
        }
      } catch (error) {
        refusals.push(error);
      }
    }
    expect(refusals.length).toBeGreaterThan(100);
    expect(refusals.filter((error) => !hasErrorCode(error, 'invalid_request'))).toEqual([]);
  });
});

describe.each(ALL.filter((name) => name !== 'gemini'))(
  'an answer to %s from an upstream that names neither it nor its model',
  (callerName) => {
    const caller = dialectOf(callerName);
    const gemini = dialectOf('gemini');
    const said = {
      candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP' }],
    };
    const named = { id: expect.stringContaining(ERROR_CONTEXT.requestId), model: REQUEST.model };

    it('has the request’s id and the model that was asked for', () => {
      for (const asEvents of [false, true]) {
        const converted = openJson(caller, gemini, asEvents);
        converted.push(Buffer.from(JSON.stringify(said)));
        const text = converted.end().last.toString();
        if (asEvents)
          expect([text.includes(ERROR_CONTEXT.requestId), text.includes(REQUEST.model)]).toEqual([
            true,
            true,
          ]);
        else expect(caller.parseAnswer(JSON.parse(text))).toMatchObject(named);
        expect(converted.servedModel).toBeNull();
      }
    });

    it('has them as a stream too', () => {
      const { output, state } = convertStream(
        caller,
        gemini,
        Buffer.from(`data: ${JSON.stringify(said)}\n\n`),
        1_000,
      );
      expect(state).toBe('complete');
      const events = new EventSplitter(10_000).push(output).flatMap((bytes) => parseSseEvent(bytes) ?? []);
      const reader = caller.openReader();
      expect(events.flatMap((event) => reader.read(event))).toContainEqual(
        expect.objectContaining({ type: 'start', ...named }),
      );
    });
  },
);
