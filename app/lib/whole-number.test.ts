import { describe, expect, it } from 'vitest';
import { wholeNumber } from './whole-number.ts';

const schema = wholeNumber(0, 1_000);

describe('a whole number from outside', () => {
  it.each([
    [7, 7],
    ['7', 7],
    [' 0 ', 0],
    ['1000', 1_000],
  ])('is read from %j', (value, expected) => {
    expect(schema.parse(value)).toBe(expected);
  });

  it.each(['0x1', '1e3', '', ' ', '1.0', '1_0', '１', '-1', '1001', true, null, [], [1], 1.5, NaN, Infinity])(
    'is not %j',
    (value) => {
      expect(schema.safeParse(value).success).toBe(false);
    },
  );
});
