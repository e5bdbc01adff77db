import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NANOS_PER_CENT } from '../../lib/money.ts';
import { finalizationEntries, taxOf, totalsOf } from './invoice-totals.ts';

const cart = fc.record({
  exact: fc.array(fc.bigInt({ min: -5_000_000_000n, max: 50_000_000_000n }), { minLength: 1, maxLength: 30 }),
  creditNanos: fc.bigInt({ min: 0n, max: 100_000_000_000n }),
  adjustmentNanos: fc.bigInt({ min: -5_000n, max: 5_000n }).map((cents) => cents * NANOS_PER_CENT),
  taxBasisPoints: fc.integer({ min: 0, max: 10_000 }),
});

const sum = (amounts: bigint[]) => amounts.reduce((all, one) => all + one, 0n);

/** Ten thousand cases on a busy machine. */
const PROPERTY_MS = 60_000;

describe('totals of an invoice', () => {
  it(
    'add up without drift, whatever was bought, for 10,000 random carts',
    () => {
      fc.assert(
        fc.property(cart, (input) => {
          const totals = totalsOf(input);
          expect(sum(totals.amounts)).toBe(totals.subtotalNanos);
          expect(totals.totalNanos).toBe(totals.subtotalNanos + totals.taxNanos);
          expect(totals.totalNanos).toBe(totals.prepaidNanos + totals.dueNanos);
          expect(totals.dueNanos >= 0n).toBe(true);
          const entries = finalizationEntries(totals, input);
          expect(
            entries.receivableNanos + entries.walletNanos + entries.taxNanos + entries.platformNanos,
          ).toBe(0n);
          // What is owed afterwards is what is on the paper.
          expect(input.creditNanos - entries.receivableNanos).toBe(totals.dueNanos);
        }),
        { numRuns: 10_000 },
      );
    },
    PROPERTY_MS,
  );

  it('ask nothing of buyers who paid before, but the tax', () => {
    const exact = [12_345_678_901n];
    expect(totalsOf({ exact, creditNanos: 0n, adjustmentNanos: 0n, taxBasisPoints: 0 }).dueNanos).toBe(0n);
    const taxed = totalsOf({ exact, creditNanos: 0n, adjustmentNanos: 0n, taxBasisPoints: 1_900 });
    expect(taxed.subtotalNanos).toBe(12_350_000_000n);
    expect(taxed.taxNanos).toBe(2_350_000_000n);
    expect(taxed.dueNanos).toBe(taxed.taxNanos);
  });

  it('give back what an adjustment takes off beyond what is owed', () => {
    const input = {
      exact: [10_000_000_000n, -3_000_000_000n],
      creditNanos: 0n,
      adjustmentNanos: -3_000_000_000n,
      taxBasisPoints: 0,
    };
    const totals = totalsOf(input);
    expect(totals).toMatchObject({ dueNanos: 0n, prepaidNanos: 7_000_000_000n });
    expect(finalizationEntries(totals, input).walletNanos).toBe(3_000_000_000n);
  });
});

describe('tax', () => {
  it.each([
    [1_000_000_000n, 1_900, 190_000_000n],
    [10_000_000n, 5_000, 10_000_000n],
    [10_000_000n, 4_999, 0n],
    [-10_000_000n, 5_000, -10_000_000n],
    [0n, 10_000, 0n],
  ])('of %s at %s basis points is %s', (subtotal, rate, tax) => {
    expect(taxOf(subtotal, rate)).toBe(tax);
  });
});
