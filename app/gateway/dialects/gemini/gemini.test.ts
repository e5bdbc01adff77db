import { describe, expect, it } from 'vitest';
import { AppError } from '../../../lib/app-error.ts';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { JsonObject, RequestContext } from '../dialect.ts';
import type { NeutralEvent, NeutralRequest, TokenUsage } from '../neutral.ts';
import { EventSplitter, parseSseEvent } from '../kit/sse.ts';
import { gemini } from './index.ts';

const CONTEXT: RequestContext = { model: 'gemini-2.5-flash', stream: true };
const BASE: JsonObject = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };

function parse(more: JsonObject = {}): NeutralRequest {
  return gemini.parseRequest({ ...BASE, ...more }, CONTEXT);
}

function chunk(parts: JsonObject[], more: JsonObject = {}, top: JsonObject = {}): JsonObject {
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
    modelVersion: 'gemini-2.5-flash-001',
    responseId: 'resp_1',
    usageMetadata: { promptTokenCount: 40, cachedContentTokenCount: 30, totalTokenCount: 40 },
    ...top,
  };
}

const CHUNKS = [
  chunk([{ text: 'Let me see', thought: true }]),
  chunk([{ text: 'Héllo ' }]),
  chunk([{ text: '"there"' }]),
  chunk([
    { functionCall: { name: 'weather', args: { city: 'Paris' } }, thoughtSignature: 'U0lH' },
    { functionCall: { name: 'weather', args: { city: 'Rome' } } },
  ]),
  chunk(
    [],
    { finishReason: 'STOP' },
    {
      usageMetadata: {
        promptTokenCount: 40,
        cachedContentTokenCount: 30,
        candidatesTokenCount: 12,
        thoughtsTokenCount: 8,
        totalTokenCount: 60,
      },
    },
  ),
];
const STREAM_USAGE: TokenUsage = {
  inputTokens: 40,
  outputTokens: 20,
  cachedInputTokens: 30,
  cacheWriteTokens: null,
  reasoningTokens: 8,
};

function sse(chunks: readonly JsonObject[]): string {
  // Google's servers end lines with CRLF.
  return chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('');
}

function read(stream: string, size: number): NeutralEvent[] {
  const bytes = Buffer.from(stream);
  const splitter = new EventSplitter(bytes.length);
  const reader = gemini.openReader();
  const events: NeutralEvent[] = [];
  for (let from = 0; from < bytes.length; from += size) {
    for (const event of splitter.push(bytes.subarray(from, from + size))) {
      const parsed = parseSseEvent(event);
      if (parsed) events.push(...reader.read(parsed));
    }
  }
  return [...events, ...(reader.close?.() ?? [])];
}

/** Without what differs between two readings: ids that were made up, and counts on the way. */
function gist(events: readonly NeutralEvent[]): unknown[] {
  const last = events.findLast(({ type }) => type === 'usage');
  return events
    .filter((event) => event.type !== 'start' && (event.type !== 'usage' || event === last))
    .map((event) => (event.type === 'tool_call' ? { ...event, id: '' } : event));
}

describe('a stream of contents', () => {
  it.each([1, 2, 3, 64, 1_000_000])('is read the same in pieces of %i bytes', (size) => {
    expect(gist(read(sse(CHUNKS), size))).toEqual([
      { type: 'reasoning', choice: 0, text: 'Let me see' },
      { type: 'text', choice: 0, text: 'Héllo ' },
      { type: 'text', choice: 0, text: '"there"' },
      { type: 'reasoning', choice: 0, text: '', signature: 'tg-gemini:U0lH', redacted: true },
      { type: 'tool_call', choice: 0, index: 0, id: '', name: 'weather' },
      { type: 'tool_arguments', choice: 0, index: 0, text: '{"city":"Paris"}' },
      { type: 'tool_call', choice: 0, index: 1, id: '', name: 'weather' },
      { type: 'tool_arguments', choice: 0, index: 1, text: '{"city":"Rome"}' },
      { type: 'stop', choice: 0, reason: 'tool_calls' },
      { type: 'usage', usage: STREAM_USAGE },
      { type: 'end' },
    ]);
  });

  it('gives calls without ids different ones, also in two answers', () => {
    const ids = [...read(sse(CHUNKS), 99), ...read(sse(CHUNKS), 99)].flatMap((event) =>
      event.type === 'tool_call' ? [event.id] : [],
    );
    expect(new Set(ids).size).toBe(4);
  });

  it('is written back with the signature on the call it belongs to', () => {
    const writer = gemini.openWriter(parse());
    const events = read(sse(CHUNKS), 1_000_000);
    const written = events.map((event) => writer.write(event)).join('');
    expect(gist(read(written, 1))).toEqual(gist(events));
    expect(written).toContain('"thoughtSignature":"U0lH"');
    expect(written.match(/finishReason/g)).toHaveLength(1);
  });

  it('is whole only when every candidate has said why it stopped', () => {
    const second = { candidates: [{ content: { parts: [{ text: 'b' }] }, index: 1 }] };
    expect(read(sse([...CHUNKS.slice(0, 4)]), 50).at(-1)?.type).not.toBe('end');
    expect(read(sse([...CHUNKS, second]), 50).at(-1)?.type).not.toBe('end');
    expect(read(sse([]), 50)).toEqual([]);
  });

  it('is metered: text, counts, the end', () => {
    const meter = gemini.openMeter({ hideUsage: false });
    const bytes = Buffer.from(sse(CHUNKS));
    const verdicts = new EventSplitter(bytes.length).push(bytes).map((event) => meter.see(event));
    expect(verdicts).toEqual(['pass', 'pass', 'pass', 'pass', 'terminal']);
    expect(meter.usage).toEqual(STREAM_USAGE);
    expect(meter.textBytes).toBe(Buffer.byteLength('Let me seeHéllo "there"{"city":"Paris"}{"city":"Rome"}'));
    expect(meter).toMatchObject({ servedModel: 'gemini-2.5-flash-001', finished: true, failed: false });
  });

  it('that fails says so to meter and reader', () => {
    const event = sse([{ error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } }]);
    const meter = gemini.openMeter({ hideUsage: false });
    meter.see(Buffer.from(event));
    expect(meter.failed).toBe(true);
    expect(read(event, 5)).toEqual([{ type: 'error', message: 'Overloaded', code: 'UNAVAILABLE' }]);
  });

  it('of a refused prompt ends with the filter as its reason', () => {
    const events = read(sse([{ promptFeedback: { blockReason: 'SAFETY' } }]), 9);
    expect(gist(events)).toEqual([{ type: 'stop', choice: 0, reason: 'content_filter' }, { type: 'end' }]);
  });
});

describe('usage', () => {
  it('survives both ways exactly, thoughts and cache included', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const [input, output] = [(seed * 7_919) % 50_000, (seed * 104_729) % 50_000] as const;
      const usage: TokenUsage = {
        inputTokens: input,
        outputTokens: output,
        cachedInputTokens: seed % 3 === 0 ? null : input >> 1,
        cacheWriteTokens: seed % 5 === 0 ? null : input >> 2,
        reasoningTokens: seed % 2 === 0 ? null : output >> 1,
      };
      const answer = { id: 'm', model: 'm', created: 0, choices: [], usage };
      expect(gemini.readUsage(gemini.renderAnswer(answer, parse()))).toEqual(usage);
    }
  });

  it('counts what tools put into the prompt, and takes left-out zeros for zeros', () => {
    expect(
      gemini.readUsage({
        candidates: [{ finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 10, toolUsePromptTokenCount: 5 },
      }),
    ).toMatchObject({ inputTokens: 15, outputTokens: 0, reasoningTokens: null });
    expect(gemini.readUsage({ usageMetadata: { promptTokenCount: 10 } })).toBeNull();
    expect(gemini.readUsage({ usageMetadata: {} })).toBeNull();
    expect(gemini.readUsage({})).toBeNull();
  });

  it.each([-1, 0.5, 1e300, '7', [], {}, true])('that cannot be true is not believed: %s', (hostile) => {
    const good = { promptTokenCount: 1, candidatesTokenCount: 1 };
    for (const name of ['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount'])
      expect(gemini.readUsage({ usageMetadata: { ...good, [name]: hostile } })).toBeNull();
  });
});

describe('a generate request', () => {
  it('comes back from the neutral form as it was', () => {
    const body: JsonObject = {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'See' },
            { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
            { inlineData: { mimeType: 'audio/mp3', data: 'SUQz' } },
            { fileData: { fileUri: 'https://example.com/a.pdf', mimeType: 'application/pdf' } },
          ],
        },
        {
          role: 'model',
          parts: [
            { text: 'Hm', thought: true, thoughtSignature: 'QQ==' },
            { functionCall: { id: 'c1', name: 'f', args: { a: [1] } }, thoughtSignature: 'U0lH' },
            { functionCall: { id: 'c2', name: 'g', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'c1', name: 'f', response: { error: 'no' } } },
            { functionResponse: { id: 'c2', name: 'g', response: { output: 'ok' } } },
            { text: 'Go on' },
          ],
        },
      ],
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              description: 'F',
              parametersJsonSchema: { type: 'object', properties: { a: { type: 'array' } } },
            },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
      generationConfig: {
        maxOutputTokens: 10,
        temperature: 1.5,
        topP: 0.5,
        topK: 3,
        seed: 7,
        stopSequences: ['X'],
        candidateCount: 2,
        presencePenalty: 1,
        frequencyPenalty: -1,
        responseLogprobs: true,
        logprobs: 3,
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object' },
        thinkingConfig: { thinkingBudget: 100, includeThoughts: true },
      },
    };
    expect(gemini.renderRequest(gemini.parseRequest(body, CONTEXT))).toEqual({ body, dropped: [] });
  });

  it('may be spelled as Google’s protocol buffers are, and is bounded all the same', () => {
    const snake = {
      contents: [
        { role: 'user', parts: [{ inline_data: { mime_type: 'image/png', data: 'iVBORw0KGgo=' } }] },
      ],
      generation_config: { max_output_tokens: 77, candidate_count: 3 },
      tools: [
        {
          function_declarations: [
            { name: 'f', parameters: { type: 'OBJECT', properties: { a_b: { type: 'STRING' } } } },
          ],
        },
      ],
    };
    expect(gemini.readFacts(snake, CONTEXT, DEFAULT_LIMITS)).toMatchObject({
      maxOutputTokens: 77,
      choices: 3,
      images: 1,
      model: 'gemini-2.5-flash',
      stream: true,
    });
    const { tools, maxOutputTokens } = gemini.parseRequest(snake, CONTEXT);
    expect(maxOutputTokens).toBe(77);
    expect(tools[0]?.parameters).toEqual({ type: 'object', properties: { a_b: { type: 'string' } } });
    const both = { ...snake, generationConfig: { maxOutputTokens: 1 } };
    expect(() => gemini.readFacts(both, CONTEXT, DEFAULT_LIMITS)).toThrow('more than once');
  });

  it.each([
    ['maxOutputTokens', 0],
    ['maxOutputTokens', 1e12],
    ['candidateCount', 1_000],
    ['temperature', 3],
    ['topP', 2],
    ['topK', -1],
    ['logprobs', 1.5],
    ['presencePenalty', 9],
    ['stopSequences', 5],
    ['responseMimeType', 5],
  ])('is bounded: %s %s', (name, value) => {
    const facts = (): unknown =>
      gemini.readFacts({ ...BASE, generationConfig: { [name]: value } }, CONTEXT, DEFAULT_LIMITS);
    expect(facts).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ field: `generationConfig.${name}` }) as unknown],
      }),
    );
  });

  it('matches results without ids to calls by name and order', () => {
    const call = (city: string): JsonObject => ({ functionCall: { name: 'weather', args: { city } } });
    const result = (text: string): JsonObject => ({
      functionResponse: { name: 'weather', response: { result: text } },
    });
    const { messages } = parse({
      contents: [
        { role: 'model', parts: [call('Paris'), call('Rome')] },
        { role: 'user', parts: [result('sun'), result('rain')] },
        { role: 'model', parts: [call('Oslo')] },
        { role: 'function', parts: [result('snow')] },
      ],
    });
    const parts = messages.flatMap((message) => message.parts);
    const calls = parts.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
    const results = parts.flatMap((part) => (part.type === 'tool_result' ? [part.callId] : []));
    expect(results).toEqual(calls);
    expect(new Set(calls).size).toBe(3);
  });

  it('signs calls of other models with Google’s own word where they must be signed', () => {
    const messages: NeutralRequest['messages'] = [
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'b', signature: 'tg-anthropic:x' },
          { type: 'tool_call', id: 'a', name: 'f', arguments: '{}' },
          { type: 'tool_call', id: 'b', name: 'f', arguments: 'not json' },
        ],
      },
    ];
    const parts = (model: string): unknown => {
      const { body } = gemini.renderRequest({ ...parse(), model, messages });
      return (body['contents'] as { parts: unknown }[])[0]?.parts;
    };
    const calls = [
      { functionCall: { id: 'a', name: 'f', args: {} } },
      { functionCall: { id: 'b', name: 'f', args: { arguments: 'not json' } } },
    ];
    expect(parts('gemini-2.5-pro')).toEqual(calls);
    expect(parts('gemini-3-pro')).toEqual([
      { ...calls[0], thoughtSignature: 'skip_thought_signature_validator' },
      calls[1],
    ]);
  });

  it.each([
    ['gemini-2.5-flash', { effort: 'high' }, { thinkingBudget: 24_576 }],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-3-pro', { effort: 'high', include: true }, { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3-pro', { budgetTokens: 50 }, { thinkingBudget: 50 }],
  ] as const)('lets %s think as it can: %j', (model, reasoning, thinkingConfig) => {
    const { body } = gemini.renderRequest({ ...parse(), model, reasoning });
    expect(body['generationConfig']).toEqual({ thinkingConfig });
  });

  it('goes to a path that no model name can leave', () => {
    expect(gemini.requestPath('../x?y', true)).toBe('/models/..%2Fx%3Fy:streamGenerateContent?alt=sse');
    expect(gemini.requestPath('gemini-2.5-pro', false)).toBe('/models/gemini-2.5-pro:generateContent');
  });
});

describe('edits of a body that stays', () => {
  const named = (edits: Parameters<typeof gemini.edit>[1], body = BASE): Record<string, unknown> =>
    Object.fromEntries(
      gemini.edit(body, edits).map(({ name, value }) => [name, JSON.parse(value) as unknown]),
    );

  it('are none when nothing changes', () => {
    expect(named({ model: 'x', stream: true })).toEqual({});
  });

  it('keep to the caller’s spelling', () => {
    const body = {
      ...BASE,
      system_instruction: { parts: [{ text: 'T' }] },
      generation_config: { max_output_tokens: 9, temperature: 1 },
    };
    expect(
      named({ systemPrompt: 'S', maxOutputTokens: 5, defaults: { temperature: 0, topK: 2 } }, body),
    ).toEqual({
      system_instruction: { parts: [{ text: 'S' }, { text: 'T' }] },
      generation_config: { max_output_tokens: 5, temperature: 1, topK: 2 },
    });
  });

  it('set prompt, bound, history and defaults that are not set', () => {
    expect(
      named({
        systemPrompt: 'S',
        maxOutputTokens: 5,
        history: [{ role: 'assistant', parts: [{ type: 'text', text: 'h' }] }],
        defaults: { safetySettings: [] },
      }),
    ).toEqual({
      systemInstruction: { parts: [{ text: 'S' }] },
      generationConfig: { maxOutputTokens: 5 },
      contents: [{ role: 'model', parts: [{ text: 'h' }] }, ...(BASE['contents'] as unknown[])],
      safetySettings: [],
    });
  });
});

describe('an answer', () => {
  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['SOMETHING_NEW', 'stop'],
  ])('that stopped for %s stopped for %s', (finishReason, stop) => {
    const { choices } = gemini.parseAnswer(chunk([{ text: 'x' }], { finishReason }));
    expect(choices[0]).toMatchObject({ stop, parts: [{ type: 'text', text: 'x' }] });
  });

  it('keeps log probabilities both ways', () => {
    const logprobs = [{ token: 'x', logprob: -0.1, top: [{ token: 'y', logprob: -2 }] }];
    const choices = [
      { index: 0, parts: [{ type: 'text' as const, text: 'x' }], stop: 'stop' as const, logprobs },
    ];
    const body = gemini.renderAnswer({ id: '', model: '', created: 0, choices, usage: null }, parse());
    expect(gemini.parseAnswer(body).choices).toEqual(choices);
  });

  it('that is none, or a refused prompt, is told apart', () => {
    expect(() => gemini.parseAnswer({})).toThrow('cannot be read');
    expect(gemini.parseAnswer({ promptFeedback: { blockReason: 'SAFETY' } }).choices).toEqual([
      { index: 0, parts: [], stop: 'content_filter' },
    ]);
  });
});

describe('embeddings', () => {
  const { embeddings } = gemini;

  it('are asked for one by one or many at once, and answered alike', () => {
    const one = embeddings!.parseRequest(
      { content: { parts: [{ text: 'a' }] }, outputDimensionality: 8 },
      CONTEXT,
    );
    expect(one).toMatchObject({ inputs: ['a'], dimensions: 8, single: true });
    const many = embeddings!.parseRequest(
      {
        requests: [
          { content: { parts: [{ text: 'a' }] } },
          { content: { parts: [{ text: 'b' }] }, taskType: 'X' },
        ],
      },
      CONTEXT,
    );
    expect(many.inputs).toEqual(['a', 'b']);
    const answer = { model: '', vectors: [[1, 2]], usage: null };
    expect(embeddings!.renderAnswer(answer, one)).toEqual({ embedding: { values: [1, 2] } });
    expect(embeddings!.renderAnswer(answer, many)).toEqual({ embeddings: [{ values: [1, 2] }] });
  });

  it('go upstream as a batch', () => {
    const request = {
      model: 'm',
      inputs: ['a'],
      dimensions: 4,
      encoding: 'float' as const,
      extras: { user: 'u' },
    };
    expect(embeddings!.renderRequest(request)).toEqual({
      body: {
        requests: [{ model: 'models/m', content: { parts: [{ text: 'a' }] }, outputDimensionality: 4 }],
      },
      dropped: ['user'],
    });
    expect(embeddings!.path('m')).toBe('/models/m:batchEmbedContents');
    expect(embeddings!.parseAnswer({ embeddings: [{ values: [1] }] })).toMatchObject({
      vectors: [[1]],
      usage: null,
    });
  });
});

describe('errors', () => {
  it.each([
    ['invalid_request', 'INVALID_ARGUMENT'],
    ['invalid_api_key', 'UNAUTHENTICATED'],
    ['key_not_allowed', 'PERMISSION_DENIED'],
    ['model_not_found', 'NOT_FOUND'],
    ['rate_limited', 'RESOURCE_EXHAUSTED'],
    ['internal', 'INTERNAL'],
    ['overloaded', 'UNAVAILABLE'],
    ['upstream_timeout', 'DEADLINE_EXCEEDED'],
  ] as const)('%s is %s', (code, status) => {
    const context = { requestId: 'req_1', publicUrl: 'https://t.example' };
    const error = new AppError(code, 'Why.');
    const body = gemini.renderError(error, context);
    expect(body).toMatchObject({ error: { code: error.status, status, message: 'Why.' } });
    expect(gemini.readErrorMessage(body)).toBe('Why.');
    expect(gemini.readErrorMessage([body])).toBe('Why.');
    expect(gemini.renderErrorEvent(error, context)).toMatch(/^data: \{"error"/);
  });
});

describe('the array that Google streams', () => {
  const chunk = (parts: object[], more: object = {}) => ({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
    responseId: 'r',
    modelVersion: 'gemini-3',
  });

  it('is read as the answer that it comes to', () => {
    const answer = gemini.parseAnswer([
      chunk([{ text: 'Hel' }]),
      chunk([{ text: 'lo' }]),
      { ...chunk([{ functionCall: { id: 'c', name: 'f', args: {} } }], { finishReason: 'STOP' }) },
      { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2 } },
    ]);
    expect(answer).toMatchObject({
      id: 'r',
      model: 'gemini-3',
      choices: [
        {
          index: 0,
          stop: 'tool_calls',
          parts: [
            { type: 'text', text: 'Hel' },
            { type: 'text', text: 'lo' },
            { type: 'tool_call', id: 'c', name: 'f', arguments: '{}' },
          ],
        },
      ],
      usage: { inputTokens: 3, outputTokens: 2 },
    });
  });

  it('is no answer when its element is an error', () => {
    const value = [{ error: { code: 500, message: 'broken' } }];
    expect(() => gemini.parseAnswer(value)).toThrow('broken');
  });
});
