import { describe, expect, it } from 'vitest';
import { assertOnce, parseJsonBody, withoutMembers } from './parse-body.ts';

const refused = expect.objectContaining({ code: 'invalid_request' });

describe('an LLM request’s body', () => {
  it.each([
    ['', 'JSON'],
    ['{', 'JSON'],
    ['[]', 'object'],
    ['"x"', 'object'],
    ['null', 'object'],
    ['\ufeff{}', 'JSON'],
    ['{"a":NaN}', 'JSON'],
    ['{} {}', 'JSON'],
    [`{"a":${'['.repeat(70)}${']'.repeat(70)}}`, 'deeper'],
  ])('that is %j is refused', (text, word) => {
    expect(() => parseJsonBody(Buffer.from(text), 64)).toThrow(word);
  });

  it('is refused when its bytes are no UTF-8, which parsers would quietly replace', () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect(() => parseJsonBody(body, 64)).toThrowError(refused);
    }
  });

  it('may say a parameter only once, however the name is escaped', () => {
    const parsed = parseJsonBody(Buffer.from('{"model":"a","mod\\u0065l":"b"}'), 64);
    expect(() => assertOnce(parsed, ['model'])).toThrow('more than once');
    expect(() => assertOnce(parsed, ['stream'])).not.toThrow();
  });
});

describe('members of our own', () => {
  it.each([
    ['{"a":1,"provider":{"order":["x"]},"b":12345678901234567890}', '{"a":1,"b":12345678901234567890}'],
    ['{"provider":{},"a":1}', '{"a":1}'],
    ['{ "a" : 1 , "provider" : [1,{"a":"}"}] }', '{ "a" : 1 }'],
    ['{"provider":1}', '{}'],
    ['{"provider":1,"provider":2,"a":"provider"}', '{"a":"provider"}'],
    ['{"a":{"provider":1}}', '{"a":{"provider":1}}'],
    ['{}', '{}'],
  ])('are taken out of %s and every other byte stays', (body, rest) => {
    expect(withoutMembers(Buffer.from(body), ['provider']).toString()).toBe(rest);
  });
});
