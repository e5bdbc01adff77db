import { describe, expect, it } from 'vitest';
import { bareArray, textArray } from './array-literal.ts';

describe('bareArray', () => {
  it('writes numbers and nulls', () => {
    expect(bareArray([1, null, -3], (value) => value)).toBe('{1,null,-3}');
  });

  it('is null when there is nothing in it', () => {
    expect(bareArray([null, null], (value) => value)).toBeNull();
    expect(bareArray([], (value: number) => value)).toBeNull();
  });
});

describe('textArray', () => {
  it('leaves ids as they are', () => {
    expect(textArray(['req_01k', 'a-b.c'], (text) => text)).toBe('{req_01k,a-b.c}');
  });

  it.each([
    ['', '{""}'],
    ['NULL', '{"NULL"}'],
    ['{"a":"b\\\\c"}', '{"{\\"a\\":\\"b\\\\\\\\c\\"}"}'],
    ['a,b', '{"a,b"}'],
    [' a', '{" a"}'],
    ['é', '{"é"}'],
  ])('quotes %j', (text, literal) => {
    expect(textArray([text], (one) => one)).toBe(literal);
  });
});
