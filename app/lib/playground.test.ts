import { describe, expect, it } from 'vitest';
import { readAnswer, readError, readEvent } from './playground-answer.ts';
import {
  holdsKey,
  httpRequest,
  llmRequest,
  parseHeaders,
  shareableHeaders,
  type HttpForm,
  type LlmForm,
} from './playground-request.ts';
import { httpSnippets, llmSnippets, pythonValue } from './playground-snippets.ts';

const ORIGIN = 'https://api.example.com';
const FORM: LlmForm = {
  dialect: 'openai',
  model: 'reader/demo-1',
  system: 'Be brief.',
  turns: [{ role: 'user', text: "It's me" }],
  temperature: '0.5',
  maxTokens: '',
  stop: '',
  tools: '',
  stream: true,
};
const bodyOf = (form: LlmForm): unknown => JSON.parse(llmRequest(form).body!);

describe('the playground’s request', () => {
  it('speaks each dialect as its own libraries do', () => {
    expect(bodyOf(FORM)).toEqual({
      model: 'reader/demo-1',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: "It's me" },
      ],
      temperature: 0.5,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(llmRequest({ ...FORM, dialect: 'anthropic' })).toMatchObject({
      path: '/v1/messages',
      headers: { 'anthropic-version': '2023-06-01' },
    });
    expect(bodyOf({ ...FORM, dialect: 'anthropic' })).toMatchObject({
      max_tokens: 1024,
      system: 'Be brief.',
    });
    const gemini: LlmForm = { ...FORM, dialect: 'gemini', maxTokens: '50', stream: false };
    expect(llmRequest(gemini).path).toBe('/v1beta/models/reader/demo-1:generateContent');
    expect(bodyOf(gemini)).toMatchObject({ generationConfig: { temperature: 0.5, maxOutputTokens: 50 } });
  });

  it('stops where it is told to, in each dialect’s words', () => {
    const stop = 'END\n\n###';
    expect(bodyOf({ ...FORM, stop })).toMatchObject({ stop: ['END', '###'] });
    expect(bodyOf({ ...FORM, stop, dialect: 'anthropic' })).toMatchObject({ stop_sequences: ['END', '###'] });
    expect(bodyOf({ ...FORM, stop, dialect: 'gemini' })).toMatchObject({
      generationConfig: { stopSequences: ['END', '###'] },
    });
  });

  it('leaves out what is not typed to the end', () => {
    expect(bodyOf({ ...FORM, temperature: 'x', tools: '[{', system: '' })).toEqual({
      model: 'reader/demo-1',
      messages: [{ role: 'user', content: "It's me" }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('reads headers line by line, and sends no body with GET', () => {
    expect(parseHeaders('Accept: a/b\nnonsense\n X-Two :  2 ')).toEqual({ accept: 'a/b', 'x-two': '2' });
    const form = { slug: 'toolbox', method: 'GET', path: 'qr?text=x', headers: '', body: '{}' } as const;
    expect(httpRequest(form)).toMatchObject({ path: '/proxy/v1/toolbox/qr?text=x', body: null });
  });
});

const POST: HttpForm = { slug: 's', method: 'POST', path: '/a', headers: '', body: '{"b":1}' };

describe('what the playground sends to a REST service', () => {
  it('says what its body is, unless the form does', () => {
    expect(httpRequest(POST).headers).toEqual({ 'content-type': 'application/json' });
    expect(httpRequest({ ...POST, body: 'hello' }).headers).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
    });
    expect(httpRequest({ ...POST, headers: 'Content-Type: text/csv' }).headers).toEqual({
      'content-type': 'text/csv',
    });
    expect(httpRequest({ ...POST, method: 'GET' }).headers).toEqual({});
    for (const { code } of httpSnippets(POST, ORIGIN)) expect(code).toContain('application/json');
  });

  it('is spelled in the code as the browser spells it', () => {
    const { path } = httpRequest({ ...POST, path: '/a b/../c?q=世界 x' });
    expect(path).toBe('/proxy/v1/s/c?q=%E4%B8%96%E7%95%8C%20x');
    expect(httpSnippets({ ...POST, path: '/c?filter[a]=1' }, ORIGIN)[0]!.code).toMatch(/^curl -g /);
  });

  it('reads no file of whoever pastes the command', () => {
    const [curl] = httpSnippets({ ...POST, body: '@/home/you/.ssh/id_rsa' }, ORIGIN);
    expect(curl!.code).toContain("--data-raw '@/home/you/.ssh/id_rsa'");
    expect(curl!.code).not.toMatch(/ -d /);
  });
});

describe('what the playground keeps in its address', () => {
  it('holds no key and no header that may be one', () => {
    const typed =
      'Accept: text/csv\nAuthorization: Basic eA==\nX-Api-Key: k\nx-note: tg_live_abc\ncookie: a=b';
    expect(shareableHeaders(typed)).toBe('Accept: text/csv');
    expect(holdsKey('/search?key=tg_test_9f2')).toBe(true);
    expect(holdsKey('what is tg_live_?')).toBe(false);
  });
});

describe('snippets', () => {
  it('hold the key in the environment and quotes where the language wants them', () => {
    for (const dialect of ['openai', 'anthropic', 'gemini'] as const) {
      for (const stream of [true, false]) {
        const samples = llmSnippets({ ...FORM, dialect, stream }, ORIGIN);
        expect(samples).toHaveLength(3);
        for (const { code } of samples) {
          expect(code).toContain('TOLLGATE_KEY');
          expect(code).toContain('reader/demo-1');
        }
        expect(samples[0]!.code).toContain(`It'\\''s me`);
      }
    }
    const samples = httpSnippets(
      { slug: 's', method: 'PUT', path: '/a', headers: 'x-a: 1', body: '{"b":1}' },
      ORIGIN,
    );
    for (const { code } of samples) expect(code).toContain('PUT');
  });

  it('run nothing that stood in the form', () => {
    const hostile: LlmForm = { ...FORM, turns: [{ role: 'user', text: '$TOLLGATE_KEY $(reboot) `reboot`' }] };
    const [curl] = llmSnippets(hostile, ORIGIN);
    expect(curl!.code.split('--data-raw ')[1]).toMatch(/^'[^']*\$\(reboot\)[^']*'$/);
  });

  it('write Python’s own words for true, false and nothing', () => {
    expect(pythonValue({ a: [true, null], b: undefined, c: {} })).toBe(
      '{\n    "a": [\n        True,\n        None,\n    ],\n    "c": {},\n}',
    );
  });
});

describe('the playground’s reading of answers', () => {
  it('finds text and tokens in every dialect', () => {
    expect(readEvent('openai', { choices: [{ delta: { content: 'a' } }] })).toMatchObject({ text: 'a' });
    expect(
      readEvent('openai', { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }),
    ).toMatchObject({
      inputTokens: 1,
      outputTokens: 2,
    });
    expect(readEvent('anthropic', { type: 'content_block_delta', delta: { text: 'b' } }).text).toBe('b');
    expect(readEvent('anthropic', { type: 'message_delta', usage: { output_tokens: 3 } }).outputTokens).toBe(
      3,
    );
    expect(
      readEvent('gemini', {
        candidates: [{ content: { parts: [{ text: 'c' }] } }],
        usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 5 },
      }),
    ).toEqual({ text: 'c', inputTokens: 4, outputTokens: 5 });
    expect(readAnswer('anthropic', { content: [{ type: 'text', text: 'd' }], usage: {} }).text).toBe('d');
  });

  it('tells what the model thought from what it says', () => {
    expect(readEvent('openai', { choices: [{ delta: { reasoning_content: 'hm' } }] })).toEqual({
      text: '',
      reasoning: 'hm',
    });
    expect(readEvent('anthropic', { type: 'content_block_delta', delta: { thinking: 'hm' } })).toMatchObject({
      text: '',
      reasoning: 'hm',
    });
    const parts = [{ text: 'hm', thought: true }, { text: 'Hello' }];
    expect(readAnswer('gemini', { candidates: [{ content: { parts } }] })).toEqual({
      text: 'Hello',
      reasoning: 'hm',
    });
  });

  it('finds the code of an error in every shape', () => {
    expect(readError({ error: { code: 'rate_limited', message: 'm' } })?.code).toBe('rate_limited');
    expect(readError({ type: 'error', error: { type: 'not_found_error', message: 'm' } })?.code).toBe(
      'not_found_error',
    );
    expect(readError({ error: { code: 404, status: 'NOT_FOUND', message: 'm' } })?.code).toBe('not_found');
    expect(readError({ choices: [] })).toBeNull();
  });
});
