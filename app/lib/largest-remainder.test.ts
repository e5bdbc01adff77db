import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundToCents, toWholeCents } from './largest-remainder.ts';
import { NANOS_PER_CENT } from './money.ts';

const amount = fc.oneof(
  fc.bigInt({ min: -10_000_000_000n, max: 10_000_000_000n }),
  fc.bigInt({ min: -100n, max: 100n }),
  fc.bigInt({ min: -1_000_000n, max: 1_000_000n }).map((cents) => cents * NANOS_PER_CENT),
);

/** Ten thousand cases on a busy machine. */
const PROPERTY_MS = 60_000;

describe('toWholeCents', () => {
  it(
    'adds up to the rounded sum, with no line a whole cent off, for 10,000 random carts',
    () => {
      fc.assert(
        fc.property(fc.array(amount, { maxLength: 40 }), (exact) => {
          const { amounts, sum } = toWholeCents(exact);
          const total = exact.reduce((all, one) => all + one, 0n);
          expect(amounts.reduce((all, one) => all + one, 0n)).toBe(sum);
          expect(sum).toBe(roundToCents(total));
          amounts.forEach((rounded, index) => {
            const off = rounded - exact[index]!;
            expect(rounded % NANOS_PER_CENT).toBe(0n);
            expect(off > -NANOS_PER_CENT && off < NANOS_PER_CENT).toBe(true);
          });
        }),
        { numRuns: 10_000 },
      );
    },
    PROPERTY_MS,
  );

  it('gives the missing cents to those that lost most, the first of equals first', () => {
    const third = 3_333_333n;
    expect(toWholeCents([third, third, third + 1n])).toEqual({
      amounts: [0n, 0n, NANOS_PER_CENT],
      sum: NANOS_PER_CENT,
    });
    expect(toWholeCents([5_000_000n, 5_000_000n, 1n]).amounts).toEqual([NANOS_PER_CENT, 0n, 0n]);
  });

  it('leaves whole cents as they are', () => {
    expect(toWholeCents([NANOS_PER_CENT, -2n * NANOS_PER_CENT, 4_000_000n]).amounts).toEqual([
      NANOS_PER_CENT,
      -2n * NANOS_PER_CENT,
      0n,
    ]);
  });
});

describe('roundToCents', () => {
  it.each([
    [0n, 0n],
    [4_999_999n, 0n],
    [5_000_000n, NANOS_PER_CENT],
    [-5_000_000n, -NANOS_PER_CENT],
    [-4_999_999n, 0n],
  ])('rounds %s to %s', (exact, rounded) => {
    expect(roundToCents(exact)).toBe(rounded);
  });
});
