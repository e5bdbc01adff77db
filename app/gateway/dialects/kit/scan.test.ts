import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachMember, stringAfter, textAt, textBytesAt, watchFor } from './scan.ts';

const members = (bytes: Buffer, names: string[]): [string, string | null][] => {
  const found: [string, string | null][] = [];
  const watched = watchFor(Object.fromEntries(names.map((name) => [name, name])));
  eachMember(bytes, watched, (name, at) => found.push([name, textAt(bytes, at)]));
  return found;
};

describe('members in JSON bytes', () => {
  it('are found at any depth, with spaces or without, and never inside of a text', () => {
    const text =
      '{"a" : "x", "b":{"a":1,"list":["a","b",{"b":"y"}]},"c":"\\"a\\":\\"no\\"","a":"b","d\\\\":"a"}';
    expect(members(Buffer.from(text), ['a', 'b'])).toEqual([
      ['a', 'x'],
      ['b', null],
      ['a', null],
      ['b', 'y'],
      ['a', 'b'],
    ]);
  });

  it('are those that a parser finds, whatever the texts hold', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.constantFrom('a', '"a":', '\\"a\\":"x"', '{"a":"x"}'),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(fc.constantFrom('a', 'b', 'aa', '"'), tie('value')),
      ),
    })).value;
    const expected = (node: unknown, found: [string, string | null][] = []): [string, string | null][] => {
      if (Array.isArray(node)) for (const item of node) expected(item, found);
      else if (typeof node === 'object' && node !== null) {
        for (const [name, item] of Object.entries(node)) {
          if (name === 'a') found.push([name, typeof item === 'string' ? item : null]);
          expected(item, found);
        }
      }
      return found;
    };
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1), (node, space) => {
        const bytes = Buffer.from(JSON.stringify(node, null, space).replaceAll('\n', ' '));
        expect(members(bytes, ['a'])).toEqual(expected(JSON.parse(bytes.toString('utf8'))));
      }),
      { numRuns: 300 },
    );
  });

  it('end where the bytes end', () => {
    for (const text of ['{"a"', '{"a":', '{"a":"', '{"a":"x', '{"a":"x\\', '"', ''])
      expect(() => members(Buffer.from(text), ['a'])).not.toThrow();
    expect(textBytesAt(Buffer.from('"a\\n\\"b"'), 0)).toBe(4);
    expect(stringAfter(Buffer.from('["a", {"a": "x"}]'), Buffer.from('"a"'))).toBe('x');
    expect(stringAfter(Buffer.from('{"a":1}'), Buffer.from('"a"'))).toBeNull();
  });
});
