import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  feeOf,
  formatMoney,
  fromCents,
  MAX_AMOUNT_NANOS,
  NANOS_PER_UNIT,
  parseDecimal,
  priceOf,
  toCents,
  toDecimal,
} from './money.ts';

const amount = fc.bigInt({ min: -MAX_AMOUNT_NANOS, max: MAX_AMOUNT_NANOS });

describe('parsing a decimal', () => {
  it.each([
    ['0', 0n],
    ['-0', 0n],
    ['1', NANOS_PER_UNIT],
    ['12.5', 12_500_000_000n],
    ['0.000000001', 1n],
    ['-0.000000001', -1n],
    ['  7.25\n', 7_250_000_000n],
    ['007', 7n * NANOS_PER_UNIT],
    ['1000000000', MAX_AMOUNT_NANOS],
    ['-1000000000', -MAX_AMOUNT_NANOS],
    // 2^53 + 1 hundred-millionths: a float would lose the last digit.
    ['90071992.54740993', 90_071_992_547_409_930n],
  ])('reads %j exactly', (text, nanos) => {
    expect(parseDecimal(text)).toBe(nanos);
  });

  it.each([
    '',
    ' ',
    '.',
    '-',
    '+1',
    '--1',
    '1.',
    '.5',
    '1,5',
    '1 000',
    '1_000',
    '1.0000000001',
    '0.0000000000',
    '1000000000.000000001',
    '-1000000000.000000001',
    '99999999999',
    '9'.repeat(400),
    `0.${'0'.repeat(400)}1`,
    '1e3',
    '1E-9',
    '0x10',
    '0b1',
    '0o7',
    '1n',
    'NaN',
    'Infinity',
    '-Infinity',
    'null',
    '$5',
    '5 USD',
    '１２',
    '٣',
    '1\u200b',
    '1\0',
    '1;2',
    "1' or '1'='1",
    '1\n2',
    '−1',
  ])('refuses %j', (text) => {
    expect(parseDecimal(text)).toBeNull();
  });

  it('gives back every amount that was written out', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 9 }), (nanos, decimals) => {
        expect(parseDecimal(toDecimal(nanos, decimals))).toBe(nanos);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no text but plain decimals, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (parseDecimal(text) !== null) expect(text.trim()).toMatch(/^-?\d+(\.\d+)?$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('writing a decimal', () => {
  it.each([
    [0n, 2, '0.00'],
    [1n, 2, '0.000000001'],
    [-1n, 2, '-0.000000001'],
    [10_000_000n, 2, '0.01'],
    [1_500_000_000n, 2, '1.50'],
    [1_500_000_000n, 0, '1.5'],
    [-2_000_000_000n, 0, '-2'],
    [1_230_000_000n, 9, '1.230000000'],
  ])('writes %s nanos with at least %s decimals as %s', (nanos, decimals, text) => {
    expect(toDecimal(nanos, decimals)).toBe(text);
  });
});

describe('formatting for people', () => {
  it('shows what a call cost, never a free one that was not', () => {
    expect(formatMoney(1n, 'USD', 'en')).toBe('$0.000000001');
    expect(formatMoney(0n, 'USD', 'en')).toBe('$0.00');
    expect(formatMoney(-1_234_500_000_000n, 'USD', 'en')).toBe('-$1,234.50');
  });

  it('keeps digits that a float would lose', () => {
    expect(formatMoney(987_654_321_123_456_789n, 'USD', 'en')).toBe('$987,654,321.123456789');
  });

  it.each(['en', 'zh-CN', 'zh-TW', 'ja'])('works in %s', (locale) => {
    expect(formatMoney(5_000_000_000n, 'USD', locale)).toMatch(/5\.00/);
  });
});

describe('cents', () => {
  it('go there and back', () => {
    expect(toCents(fromCents(1_999))).toBe(1_999);
    expect(toCents(-fromCents(1))).toBe(-1);
  });

  it('refuse a fraction of a cent instead of rounding it away', () => {
    expect(() => toCents(10_000_001n)).toThrow(RangeError);
    expect(() => toCents(1n)).toThrow(RangeError);
  });

  it('refuse what is no whole number of cents', () => {
    for (const cents of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => fromCents(cents)).toThrow();
  });
});

describe('the price of a quantity', () => {
  it('is never free when it costs something', () => {
    expect(priceOf(1n, 1n)).toBe(1n);
    expect(priceOf(0n, 1_000_000n)).toBe(0n);
    expect(priceOf(5n, 0n)).toBe(0n);
  });

  it('is exact for whole millions and at most a nano above the exact price', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        (quantity, price) => {
          const charged = priceOf(quantity, price) * 1_000_000n;
          const exact = quantity * price;
          expect(charged >= exact && charged - exact < 1_000_000n).toBe(true);
          expect(priceOf(quantity * 1_000_000n, price)).toBe(quantity * price);
        },
      ),
    );
  });

  it('grows with the quantity', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 9n }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (n, price) => {
          expect(priceOf(n + 1n, price) >= priceOf(n, price)).toBe(true);
        },
      ),
    );
  });
});

describe('the fee', () => {
  it.each([
    [1_000n, 1_000, 100n],
    [999n, 1_000, 99n],
    [1n, 9_999, 0n],
    [5n, 0, 0n],
    [5n, 10_000, 5n],
  ])('of %s at %s basis points is %s', (charge, basisPoints, fee) => {
    expect(feeOf(charge, basisPoints)).toBe(fee);
  });

  it('and the rest are the whole charge, and the fee never more than its share', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: MAX_AMOUNT_NANOS }),
        fc.integer({ min: 0, max: 10_000 }),
        (charge, bp) => {
          const fee = feeOf(charge, bp);
          expect(fee >= 0n && fee <= charge && fee * 10_000n <= charge * BigInt(bp)).toBe(true);
        },
      ),
    );
  });
});
