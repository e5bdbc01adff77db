import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../lib/app-error.ts';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { JsonObject, SseEvent } from '../dialect.ts';
import { editMembers, scanMembers } from '../json-members.ts';
import type { NeutralEvent, NeutralRequest } from '../neutral.ts';
import { openaiResponses } from './index.ts';

const NO_CONTEXT = { model: null, stream: null };
const parse = (body: JsonObject): NeutralRequest => openaiResponses.parseRequest(body, NO_CONTEXT);
const facts = (body: JsonObject) => openaiResponses.readFacts(body, NO_CONTEXT, DEFAULT_LIMITS);
const refusalOf = (field: string) =>
  expect.objectContaining({ code: 'invalid_request', issues: [expect.objectContaining({ field })] });

describe('the facts of a request for a response', () => {
  it('are its model, bounds and wishes', () => {
    expect(facts({ model: 'm', input: 'hi', max_output_tokens: 7, stream: true })).toMatchObject({
      model: 'm',
      stream: true,
      wantsUsage: true,
      maxOutputTokens: 7,
      choices: 1,
      images: 0,
    });
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };
    expect(facts({ model: 'm', input: [{ role: 'user', content: [image] }] }).images).toBe(1);
    const named = (conversation: unknown) => facts({ model: 'm', input: 'hi', conversation }).references;
    // Of these the gateway knows what it puts in front, of OpenAI's it does not.
    expect(['my-chat', null, 'conv_1', { id: 'conv_1' }].map(named)).toEqual([0, 0, 1, 1]);
  });

  const NUMBERS = ['max_output_tokens', 'temperature', 'top_p', 'top_logprobs', 'max_tool_calls'];
  it.each(
    NUMBERS.flatMap((name) =>
      ['1e400', '-1', '"1"', '"NaN"', '18446744073709551616', '[]'].map((value) => [name, value] as const),
    ),
  )('with %s = %s are refused, and the parameter named', (name, value) => {
    const body = JSON.parse(`{"model":"m","input":"x","${name}":${value}}`) as JsonObject;
    expect(() => facts(body)).toThrowError(refusalOf(name));
  });

  it.each([
    ['model', { model: '' }],
    ['input', { input: [] }],
    ['input', { input: 5 }],
    ['background', { background: true }],
    ['reasoning.effort', { reasoning: { effort: 'huge' } }],
  ])('with a wrong %s are refused, and the parameter named', (field, more) => {
    expect(() => facts({ model: 'm', input: 'x', ...more })).toThrowError(refusalOf(field));
  });
});

describe('the edits of a request for a response', () => {
  const edited = (body: JsonObject, edits: Parameters<typeof openaiResponses.edit>[1]): JsonObject => {
    const bytes = Buffer.from(JSON.stringify(body));
    const scan = scanMembers(bytes, 64);
    if (!scan.ok) throw new Error(scan.problem);
    return JSON.parse(editMembers(bytes, scan, openaiResponses.edit(body, edits)).toString()) as JsonObject;
  };

  it('keep the seller’s prompt out of what the answer repeats, and the caller’s instructions behind it', () => {
    const history = [{ role: 'assistant' as const, parts: [{ type: 'text' as const, text: 'earlier' }] }];
    expect(
      edited(
        { model: 's/m', instructions: 'theirs', input: 'hi' },
        { model: 'm', systemPrompt: 'ours', history },
      ),
    ).toEqual({
      model: 'm',
      instructions: null,
      input: [
        { type: 'message', role: 'system', content: 'ours' },
        { type: 'message', role: 'system', content: 'theirs' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'earlier' }] },
        { type: 'message', role: 'user', content: 'hi' },
      ],
    });
  });

  it('touch nothing that stays', () => {
    expect(openaiResponses.edit({ model: 'm', input: 'hi' }, { model: 'm', stream: false })).toEqual([]);
  });
});

const FULL: JsonObject = {
  model: 'm',
  instructions: 'Be brief.',
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,CCCC' },
        { type: 'input_file', file_url: 'https://example.com/a.pdf' },
        { type: 'input_audio', input_audio: { data: 'BBBB', format: 'wav' } },
      ],
    },
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'e/n=c',
    },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me see.' }] },
    { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":1}' },
    { type: 'function_call', call_id: 'c2', name: 'look', arguments: '{"at":2}' },
    { type: 'function_call_output', call_id: 'c1', output: 'a cat' },
    {
      type: 'function_call_output',
      call_id: 'c2',
      output: [
        { type: 'input_text', text: 'see' },
        { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' },
      ],
    },
  ],
  tools: [
    { type: 'function', name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: true },
  ],
  tool_choice: { type: 'function', name: 'look' },
  parallel_tool_calls: false,
  max_output_tokens: 90,
  temperature: 0.5,
  top_p: 0.9,
  top_logprobs: 3,
  text: {
    format: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: true },
    verbosity: 'low',
  },
  reasoning: { effort: 'high', summary: 'auto' },
  include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
  user: 'u',
  stream: true,
  store: false,
};

describe('a whole request for a response', () => {
  it('survives the neutral form', () => {
    const { body, dropped } = openaiResponses.renderRequest(parse(FULL));
    expect(dropped).toEqual([]);
    expect(body).toEqual(FULL);
    expect(parse(body)).toEqual(parse(FULL));
  });

  it('makes one turn of what belongs together', () => {
    expect(parse(FULL).messages.map(({ role, parts }) => [role, ...parts.map((part) => part.type)])).toEqual([
      ['user', 'text', 'image', 'file', 'file', 'audio'],
      ['assistant', 'reasoning', 'text', 'tool_call', 'tool_call'],
      ['tool', 'tool_result', 'tool_result'],
    ]);
  });

  it('names OpenAI’s own tools as dropped where another dialect answers', () => {
    const request = parse({
      model: 'm',
      input: [
        { type: 'web_search_call', id: 'ws_1' },
        { role: 'user', content: 'hi' },
      ],
      tools: [{ type: 'web_search' }],
      include: ['web_search_call.results'],
      store: true,
    });
    expect(openaiResponses.renderRequest(request).dropped.toSorted()).toEqual(
      ['include', 'input.web_search_call', 'store', 'tools.web_search'].toSorted(),
    );
    expect(request.messages).toHaveLength(1);
  });

  it.each([
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['conversation', { conversation: 'conv_1' }],
    ['conversation', { conversation: { id: 'conv_1' } }],
    ['prompt', { prompt: { id: 'pmpt_1' } }],
    ['input.0', { input: [{ type: 'item_reference', id: 'x' }] }],
    [
      'input.0.content.0.file_id',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
    ],
    ['input.0.content.0.type', { input: [{ role: 'user', content: [{ type: 'x' }] }] }],
    ['input.0.call_id', { input: [{ type: 'function_call_output', output: 'x' }] }],
    ['tool_choice', { tool_choice: { type: 'web_search' } }],
    ['text.format.type', { text: { format: { type: 'xml' } } }],
  ])('with %s that cannot be converted is refused, and the member named', (field, more) => {
    expect(() => parse({ model: 'm', input: 'x', ...more })).toThrowError(refusalOf(field));
  });

  it('takes only reasoning that the upstream can decrypt', () => {
    const reasoning = (signature?: string) => ({
      type: 'reasoning' as const,
      text: 'Hm.',
      ...(signature ? { signature } : {}),
    });
    const request = {
      ...parse({ model: 'm', input: 'x' }),
      messages: [{ role: 'assistant' as const, parts: [reasoning(), reasoning('tg-anthropic:abc')] }],
    };
    expect(openaiResponses.renderRequest(request).body['input']).toEqual([]);
  });
});

const ANSWER: JsonObject = {
  id: 'resp_1',
  object: 'response',
  created_at: 5,
  status: 'completed',
  model: 'm-1',
  output: [
    {
      id: 'rs_9',
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'enc',
    },
    {
      id: 'msg_1_1',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
    },
    {
      id: 'fc_1_2',
      type: 'function_call',
      status: 'completed',
      call_id: 'c1',
      name: 'look',
      arguments: '{}',
    },
  ],
  usage: {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 15,
  },
};

describe('a whole response', () => {
  it('survives the neutral form', () => {
    const answer = openaiResponses.parseAnswer(ANSWER);
    expect(answer.choices[0]?.stop).toBe('tool_calls');
    expect(openaiResponses.renderAnswer(answer, parse({ model: 'm', input: 'x' }))).toMatchObject(ANSWER);
    expect(openaiResponses.answerTextBytes(ANSWER)).toBe('Hm.Hello{}'.length);
  });

  it('does not repeat instructions, which may hold the seller’s', () => {
    const request = parse({ model: 'm', instructions: 'secret', input: 'x' });
    const text = JSON.stringify(openaiResponses.renderAnswer(openaiResponses.parseAnswer(ANSWER), request));
    expect(text).not.toContain('secret');
  });

  it('that is incomplete says why', () => {
    const incomplete = {
      ...ANSWER,
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    };
    const answer = openaiResponses.parseAnswer(incomplete);
    expect(answer.choices[0]?.stop).toBe('length');
    expect(openaiResponses.renderAnswer(answer, parse({ model: 'm', input: 'x' }))).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
  });

  it.each([null, {}, { output: 5 }, { error: { message: 'no' }, output: [] }])(
    'that is %j is an upstream error',
    (body) => {
      expect(() => openaiResponses.parseAnswer(body)).toThrowError(
        expect.objectContaining({ code: 'upstream_error' }),
      );
    },
  );
});

const EVENTS: NeutralEvent[] = [
  { type: 'start', id: '1', model: 'm-1', created: 5 },
  { type: 'reasoning', choice: 0, text: 'Hm ' },
  { type: 'reasoning', choice: 0, text: 'yes.' },
  { type: 'reasoning', choice: 0, text: '', signature: 'tg-anthropic:sig' },
  { type: 'text', choice: 0, text: 'Hello ' },
  {
    type: 'text',
    choice: 0,
    text: 'world',
    logprobs: [{ token: 'world', logprob: -1, top: [{ token: 'you', logprob: -2 }] }],
  },
  { type: 'tool_call', choice: 0, index: 0, id: 'c1', name: 'look' },
  { type: 'tool_arguments', choice: 0, index: 0, text: '{"at"' },
  { type: 'tool_call', choice: 0, index: 1, id: 'c2', name: 'go' },
  { type: 'tool_arguments', choice: 0, index: 1, text: '{}' },
  { type: 'tool_arguments', choice: 0, index: 0, text: ':1}' },
  { type: 'stop', choice: 0, reason: 'tool_calls' },
  {
    type: 'usage',
    usage: {
      inputTokens: 10,
      outputTokens: 5,
      cachedInputTokens: 4,
      cacheWriteTokens: 3,
      reasoningTokens: 2,
    },
  },
  { type: 'end' },
];

function write(events: readonly NeutralEvent[]): string {
  const writer = openaiResponses.openWriter(parse({ model: 'm', input: 'x', stream: true }));
  return events.map((event) => writer.write(event)).join('');
}

function read(stream: string): NeutralEvent[] {
  const reader = openaiResponses.openReader();
  return stream
    .split('\n\n')
    .filter((text) => text !== '')
    .flatMap((text) => {
      const [event = '', data = ''] = text.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
      return reader.read({ event, data } satisfies SseEvent);
    });
}

/** The official SDK, whose answers come from memory. */
function sdk(body: string, contentType: string): OpenAI {
  return new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(body, { headers: { 'content-type': contentType } })),
  });
}
const STREAM = 'text/event-stream';

describe('a stream of a response', () => {
  it('tells everything in OpenAI’s order, numbered', () => {
    const data = write(EVENTS)
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as { type: string; sequence_number: number });
    expect(data.map((event) => event.sequence_number)).toEqual(data.map((_, i) => i));
    expect(data.map((event) => event.type.replace('response.', ''))).toEqual([
      ...['created', 'in_progress'],
      ...['output_item.added', 'reasoning_summary_part.added'],
      ...['reasoning_summary_text.delta', 'reasoning_summary_text.delta'],
      ...['reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done'],
      ...['output_item.added', 'content_part.added', 'output_text.delta', 'output_text.delta'],
      ...['output_text.done', 'content_part.done', 'output_item.done'],
      ...['output_item.added', 'function_call_arguments.delta'],
      ...['output_item.added', 'function_call_arguments.delta', 'function_call_arguments.delta'],
      ...['function_call_arguments.done', 'output_item.done'],
      ...['function_call_arguments.done', 'output_item.done'],
      'completed',
    ]);
  });

  it('says the same when it is read again', () => {
    const events = read(write(EVENTS));
    expect(events).toEqual([{ ...EVENTS[0], id: 'resp_1' }, ...EVENTS.slice(1)]);
  });

  it('is read by the official SDK', async () => {
    const stream = sdk(write(EVENTS), STREAM).responses.stream({ model: 'm', input: 'x' });
    const deltas: string[] = [];
    stream.on('response.output_text.delta', (event) => deltas.push(event.delta));
    const response = await stream.finalResponse();
    expect(deltas).toEqual(['Hello ', 'world']);
    expect(response.output_text).toBe('Hello world');
    expect(response.status).toBe('completed');
    expect(response.output.map((item) => item.type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'function_call',
    ]);
    expect(response.output[2]).toMatchObject({ call_id: 'c1', name: 'look', arguments: '{"at":1}' });
    expect(response.output[0]).toMatchObject({ encrypted_content: 'tg-anthropic:sig' });
    expect(response.usage).toEqual(ANSWER['usage']);
  });

  it('that was cut short is incomplete', () => {
    const stream = write([
      EVENTS[0]!,
      { type: 'text', choice: 0, text: 'Hel' },
      { type: 'refusal', choice: 0, text: 'No.' },
      { type: 'stop', choice: 0, reason: 'length' },
      { type: 'end' },
    ]);
    expect(stream).toContain('event: response.incomplete');
    expect(stream).toContain('"incomplete_details":{"reason":"max_output_tokens"}');
    expect(read(stream)).toContainEqual({ type: 'refusal', choice: 0, text: 'No.' });
    expect(read(stream)).toContainEqual({ type: 'stop', choice: 0, reason: 'length' });
  });

  it('that fails makes the official SDK throw', async () => {
    const error = new AppError('upstream_error', 'overloaded');
    const context = { requestId: 'r', publicUrl: 'https://tollgate.test' };
    const text = write(EVENTS.slice(0, 5)) + openaiResponses.renderErrorEvent(error, context);
    const stream = await sdk(text, STREAM).responses.create({ model: 'm', input: 'x', stream: true });
    const drain = async (): Promise<void> => {
      for await (const event of stream) expect(event.type).not.toBe('response.completed');
    };
    await expect(drain()).rejects.toThrow('overloaded');
    expect(read(text).at(-1)).toMatchObject({ type: 'error', message: 'overloaded', code: 'upstream_error' });
  });

  it('that an upstream declares failed is an error', () => {
    const failed = {
      type: 'response.failed',
      response: { error: { code: 'server_error', message: 'sorry' } },
    };
    expect(read(`event: x\ndata: ${JSON.stringify(failed)}\n\n`)).toEqual([
      { type: 'error', message: 'sorry', code: 'server_error' },
    ]);
  });

  it('whose items are told only when they are done loses nothing', () => {
    const item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
    const done = { type: 'response.output_item.done', output_index: 0, item };
    expect(read(`event: x\ndata: ${JSON.stringify(done)}\n\n`)).toEqual([
      { type: 'tool_call', choice: 0, index: 0, id: 'c', name: 'f' },
      { type: 'tool_arguments', choice: 0, index: 0, text: '{}' },
    ]);
  });

  it('is metered while it passes', () => {
    const meter = openaiResponses.openMeter({ hideUsage: true });
    for (const odd of ['\n', ':\n\n', 'event:\n\n', 'data: x\n\n'])
      expect(meter.see(Buffer.from(odd))).toBe('pass');
    const verdicts = write(EVENTS)
      .split(/(?<=\n\n)/)
      .map((event) => meter.see(Buffer.from(event)));
    expect(verdicts.at(-1)).toBe('terminal');
    expect(new Set(verdicts.slice(0, -1))).toEqual(new Set(['pass']));
    expect(meter).toMatchObject({ servedModel: 'm-1', finished: true, failed: false });
    expect(meter.usage).toMatchObject({ inputTokens: 10, outputTokens: 5, reasoningTokens: 2 });
    // Quotes are told as two bytes and count as one.
    expect(meter.textBytes).toBe('Hm yes.Hello world{"at":1}{}'.length);
  });
});

describe('a whole response for the official SDK', () => {
  it('is read', async () => {
    const answer = openaiResponses.renderAnswer(
      openaiResponses.parseAnswer(ANSWER),
      parse({ model: 'm', input: 'x' }),
    );
    const response = await sdk(JSON.stringify(answer), 'application/json').responses.create({
      model: 'm',
      input: 'x',
    });
    expect(response.output_text).toBe('Hello');
  });
});

describe('a request of another dialect', () => {
  const render = (more: Partial<NeutralRequest>) =>
    openaiResponses.renderRequest({ ...parse({ model: 'm', input: 'x' }), ...more });

  it.each([
    [1, 16],
    [16, 16],
    [17, 17],
    [null, undefined],
  ])('for %s tokens asks for the least that OpenAI takes: %s', (asked, told) => {
    expect(render({ maxOutputTokens: asked }).body['max_output_tokens']).toBe(told);
  });

  it('names once what neither the dialect nor the model takes', () => {
    const { body, dropped } = render({ model: 'gpt-5', temperature: 0.5, stop: ['X'], frequencyPenalty: 1 });
    expect(body).not.toHaveProperty('temperature');
    expect(dropped).toEqual(['stop', 'frequency_penalty', 'temperature']);
    expect(render({ model: 'gpt-4.1', temperature: 0.5 }).body['temperature']).toBe(0.5);
  });

  it('may name its calls longer than OpenAI takes', () => {
    const id = 'x'.repeat(65);
    const { body } = render({
      messages: [
        { role: 'assistant', parts: [{ type: 'tool_call', id, name: 'f', arguments: '{}' }] },
        { role: 'tool', parts: [{ type: 'tool_result', callId: id, parts: [], isError: false }] },
      ],
    });
    const [call, output] = body['input'] as { call_id: string }[];
    expect(call!.call_id).toMatch(/^call_[0-9a-f]{24}$/);
    expect(output!.call_id).toBe(call!.call_id);
  });
});
