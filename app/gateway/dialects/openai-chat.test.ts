import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { scanMembers, editMembers } from './json-members.ts';
import { heldInputTokens, parseChatRequest, renderUpstreamBody } from './openai-chat.ts';
import { readAnswer, readUsageFromTail } from './openai-usage.ts';

const parse = (body: string) => parseChatRequest(Buffer.from(body), DEFAULT_LIMITS);
const chat = (more: object = {}) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more });

describe('a chat request', () => {
  it('is read with its bounds', () => {
    expect(parse(chat({ max_tokens: 7, n: 2, stream: true }))).toMatchObject({
      model: 'm',
      stream: true,
      wantsUsage: false,
      maxOutputTokens: 7,
      choices: 2,
    });
    expect(parse(chat({ max_tokens: 7, max_completion_tokens: 9 })).maxOutputTokens).toBe(9);
    expect(parse(chat({ max_tokens: null })).maxOutputTokens).toBe(DEFAULT_LIMITS.defaultMaxOutputTokens);
  });

  it.each([
    ['n', '18446744073686646784'],
    ['n', '0'],
    ['n', '-1'],
    ['n', '1.5'],
    ['n', '"1"'],
    ['n', '1e400'],
    ['max_tokens', '1e9'],
    ['max_tokens', '-1'],
    ['max_tokens', '"1"'],
    ['max_tokens', '[]'],
    ['max_completion_tokens', '1e400'],
    ['stream', '"true"'],
    ['model', '5'],
    ['model', '""'],
    ['model', '"a\\u0000b"'],
    ['model', '"a\\ud800b"'],
    ['messages', '[]'],
    ['messages', '"hi"'],
  ])('with %s = %s is refused, and the parameter named', (name, value) => {
    const members = { model: '"m"', messages: '[{"role":"user","content":"hi"}]', [name]: value };
    const body = `{${Object.entries(members)
      .map(([key, text]) => `"${key}":${text}`)
      .join(',')}}`;
    expect(() => parse(body)).toThrowError(
      expect.objectContaining({
        code: 'invalid_request',
        issues: [expect.objectContaining({ field: name })],
      }),
    );
  });

  it.each(['', '{', 'null', '[]', '"x"', '{"model":"m"}{', '{"model":"m",}'])(
    'that is %j is refused',
    (body) => {
      expect(() => parse(body)).toThrowError(expect.objectContaining({ code: 'invalid_request' }));
    },
  );

  it('nested 300 000 deep is refused before a parser sees it', () => {
    const deep = `{"model":"m","messages":${'['.repeat(300_000)}${']'.repeat(300_000)}}`;
    expect(() => parse(deep)).toThrowError(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('that names the model twice is refused: we and the upstream might read different ones', () => {
    expect(() => parse('{"model":"cheap","mod\\u0065l":"dear","messages":[{}]}')).toThrowError(
      expect.objectContaining({ issues: [expect.objectContaining({ field: 'model' })] }),
    );
  });

  it('holds for more tokens than its text has, and for images by their number', () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(100);
    const request = parse(chat({ messages: [{ role: 'user', content: text }] }));
    expect(heldInputTokens(request)).toBeGreaterThan(1_000);
    const image = parse(
      chat({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(1_000_000)}` } },
            ],
          },
        ],
      }),
    );
    expect(heldInputTokens(image)).toBeLessThan(2_000);
  });

  it('holds for text by its length, also where it looks like the data URL of an image', () => {
    const text = `data:image/png;base64,${'word '.repeat(60_000)}`;
    const disguised = [
      chat({ messages: [{ role: 'user', content: text }] }),
      chat({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] }),
      chat({
        tools: [{ type: 'function', function: { name: 'f', parameters: { default: { url: text } } } }],
      }),
    ];
    for (const body of disguised) expect(heldInputTokens(parse(body))).toBeGreaterThan(100_000 * 0.9);
  });
});

describe('the body for the upstream', () => {
  it('is the caller’s, byte for byte, when nothing must change', () => {
    const request = parse('{ "seed": 12345678901234567890, "model":"m","messages":[{}], "x": 1.0 }');
    expect(renderUpstreamBody(request)).toBe(request.body);
  });

  it('changes the model and asks for usage, and touches no other byte', () => {
    const request = parse(
      '{ "seed": 12345678901234567890, "stream" : true ,"model" : "s/m" , "messages":[{"content":"\\"model\\": {"}] }',
    );
    const body = renderUpstreamBody({ ...request, upstreamModel: 'm' }).toString();
    expect(body).toBe(
      '{"stream_options":{"include_usage":true}, "seed": 12345678901234567890, "stream" : true ,"model" : "m" , "messages":[{"content":"\\"model\\": {"}] }',
    );
  });

  it('keeps the caller’s other stream options', () => {
    const request = parse(chat({ stream: true, stream_options: { include_usage: false, extra: [1] } }));
    expect(JSON.parse(renderUpstreamBody(request).toString())).toMatchObject({
      stream_options: { include_usage: true, extra: [1] },
    });
    expect(renderUpstreamBody(parse(chat({ stream: true, stream_options: null }))).toString()).toContain(
      '"stream_options":{"include_usage":true}',
    );
  });
});

describe('JSON members', () => {
  it('are found whatever their values hold', () => {
    const text = ' {"a":"}],{\\"","b":[1,{"c":2}],"d" : -1.5e3 ,"e":null,"f":{}} ';
    const scan = scanMembers(Buffer.from(text), 10);
    if (!scan.ok) throw new Error('no object');
    const values = scan.members.map(({ name, valueStart, valueEnd }) => [
      name,
      text.slice(valueStart, valueEnd),
    ]);
    expect(values).toEqual([
      ['a', '"}],{\\""'],
      ['b', '[1,{"c":2}]'],
      ['d', '-1.5e3'],
      ['e', 'null'],
      ['f', '{}'],
    ]);
    expect(
      editMembers(Buffer.from('{}'), scanMembers(Buffer.from('{}'), 9) as never, [
        { name: 'x', value: '1' },
      ]).toString(),
    ).toBe('{"x":1}');
  });
});

describe('usage of an answer', () => {
  it('is read from the whole, or from the tail of one too long', () => {
    const answer = Buffer.from(
      JSON.stringify({
        choices: [{ message: { content: 'abc' } }],
        usage: { prompt_tokens: 3, completion_tokens: 4, details: { a: 1 } },
      }),
    );
    expect(readAnswer(answer)).toEqual({ usage: { inputTokens: 3, outputTokens: 4 }, textBytes: 3 });
    expect(readUsageFromTail(answer.subarray(20))).toEqual({ inputTokens: 3, outputTokens: 4 });
    expect(readUsageFromTail(Buffer.from('no'))).toBeNull();
    expect(readAnswer(Buffer.from('<html>'))).toEqual({ usage: null, textBytes: 6 });
  });
});
