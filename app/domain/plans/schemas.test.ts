import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METERS } from '../../../db/schema/index.ts';
import { isAppError, type FieldIssue } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { compilePrice, isPriceMissing, priceQuantities } from '../metering/index.ts';
import { compileRows } from './replay-usage.ts';
import { toGeneralPrice } from './price-of-plan.ts';
import { priceSchema, type PriceInput } from './schemas.ts';

function issuesOf(input: unknown): FieldIssue[] {
  try {
    parseInput(priceSchema, input as PriceInput);
  } catch (error) {
    if (isAppError(error)) return error.issues;
    throw error;
  }
  return [];
}

const row = (meter: string, price: string, more: object = {}) => ({ meter, price, ...more });

describe('the general price', () => {
  it.each([
    ['a fee without an interval', { fee: '5' }, 'interval', 'required'],
    ['an interval without a fee', { interval: 'month' }, 'fee', 'required'],
    ['a trial without a fee', { trialDays: 7 }, 'trialDays', 'fee_needed'],
    ['a trial of three years', { fee: '5', interval: 'month', trialDays: 1_000 }, 'trialDays', 'too_big'],
    ['a fee of tenths of cents', { fee: '5.001', interval: 'month' }, 'fee', 'too_many_decimals'],
    ['a negative price', { prices: [row('call', '-1')] }, 'prices.0.price', 'too_small'],
    ['ten decimals', { prices: [row('call', '0.0000000001')] }, 'prices.0.price', 'too_many_decimals'],
    ['an exponent', { prices: [row('call', '1e-3')] }, 'prices.0.price', 'invalid_amount'],
    ['a number', { prices: [row('call', 1 as never)] }, 'prices.0.price', 'invalid'],
    ['a call price beyond the column', { prices: [row('call', '1000.01')] }, 'prices.0.price', 'too_big'],
    ['an unknown meter', { prices: [row('hug', '1')] }, 'prices.0.meter', 'invalid_choice'],
    ['an unknown field', { prices: [], colour: 'red' }, 'colour', 'unknown_field'],
    [
      'a quota of nothing',
      { quotas: [{ meter: 'call', included: 0, overage: 'hard_stop' }] },
      'quotas.0.included',
      'too_small',
    ],
    [
      'two quotas of a meter',
      {
        quotas: [
          { meter: 'call', included: 1, overage: 'hard_stop' },
          { meter: 'call', included: 2, overage: 'hard_stop' },
        ],
      },
      'quotas.1.meter',
      'taken',
    ],
    [
      'priced overage without a price',
      { quotas: [{ meter: 'call', included: 5, overage: 'priced' }] },
      'quotas.0.overage',
      'price_needed',
    ],
    [
      'a price behind a hard stop',
      { quotas: [{ meter: 'call', included: 5, overage: 'hard_stop' }], prices: [row('call', '1')] },
      'prices.0.meter',
      'never_reached',
    ],
    ['input without output', { prices: [row('input_token', '1')] }, 'prices.0.meter', 'output_price_needed'],
    [
      'cached input alone',
      { prices: [row('cached_input_token', '1')] },
      'prices.0.meter',
      'input_price_needed',
    ],
    [
      'a model without output',
      { prices: [row('input_token', '1', { model: 'm' })] },
      'prices.0.meter',
      'output_price_needed',
    ],
    ['a bad model', { prices: [row('call', '1', { model: 'a b' })] }, 'prices.0.model', 'invalid'],
    ['the same price twice', { prices: [row('call', '1'), row('call', '2')] }, 'prices.1.meter', 'taken'],
    [
      'tiers that do not start at 0',
      { prices: [row('call', '1', { fromUnits: 10 })] },
      'prices.0.fromUnits',
      'zero_needed',
    ],
    [
      'context steps of calls',
      { prices: [row('call', '1'), row('call', '2', { fromContextTokens: 5 })] },
      'prices.1.fromContextTokens',
      'tokens_only',
    ],
    [
      'volume tiers that rise',
      { tierMode: 'volume', prices: [row('call', '1'), row('call', '2', { fromUnits: 10 })] },
      'prices.1.price',
      'volume_rises',
    ],
    [
      '21 tiers',
      { prices: Array.from({ length: 21 }, (_none, i) => row('call', '1', { fromUnits: i })) },
      'prices.20.fromUnits',
      'too_many_steps',
    ],
    [
      '101 models',
      { prices: Array.from({ length: 101 }, (_none, i) => row('call', '1', { model: `m${i}` })) },
      'prices.100.model',
      'too_many_models',
    ],
    ['a preset that it is not', { kind: 'per_call', fee: '5', interval: 'month' }, 'kind', 'preset_differs'],
  ])('refuses %s, and says which field', (_what, input, field, reason) => {
    expect(issuesOf(input)).toContainEqual(expect.objectContaining({ field, reason }));
  });

  it('takes graduated tiers that rise', () => {
    expect(issuesOf({ prices: [row('call', '1'), row('call', '2', { fromUnits: 10 })] })).toEqual([]);
  });

  const amount = fc.bigInt({ min: 0n, max: 999_999_999_999n }).map((nanos) => {
    const text = nanos.toString().padStart(10, '0');
    return `${text.slice(0, -9)}.${text.slice(-9)}`;
  });
  const generalPrice = fc.record(
    {
      fee: fc
        .integer({ min: 50, max: 99_999_999 })
        .map((cents) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`),
      interval: fc.constantFrom('month', 'year'),
      trialDays: fc.integer({ min: 0, max: 730 }),
      tierMode: fc.constantFrom('graduated', 'volume'),
      quotas: fc.array(
        fc.record({
          meter: fc.constantFrom(...METERS),
          included: fc.integer({ min: 1, max: 1_000_000 }),
          overage: fc.constantFrom('hard_stop', 'priced'),
        }),
        { maxLength: 3 },
      ),
      prices: fc.array(
        fc.record({
          meter: fc.constantFrom(...METERS),
          price: amount,
          model: fc.constantFrom('*', '*', 'small', 'large'),
          fromUnits: fc.constantFrom(0, 0, 0, 1_000),
          fromContextTokens: fc.constantFrom(0, 0, 0, 200_000),
        }),
        { maxLength: 12 },
      ),
    },
    { requiredKeys: ['prices'] },
  );

  it('that is accepted says the same when it is read back, and is written exactly', () => {
    let accepted = 0;
    fc.assert(
      fc.property(generalPrice, (input) => {
        const issues = issuesOf(input);
        if (issues.length > 0) {
          for (const { field } of issues) expect(field).toMatch(/^(fee|interval|trialDays|quotas|prices)\b/);
          return;
        }
        accepted++;
        const first = parseInput(priceSchema, input as PriceInput);
        const again = parseInput(priceSchema, toGeneralPrice(first) as PriceInput);
        expect(again).toEqual(first);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('that is accepted can be held and charged: whatever a call uses, it has a price or is refused', () => {
    const quantity = fc.record(
      Object.fromEntries(METERS.map((meter) => [meter, fc.integer({ min: 0, max: 1_000_000 })])),
    );
    fc.assert(
      fc.property(
        generalPrice,
        quantity,
        fc.constantFrom('small', 'large', 'other'),
        (input, quantities, model) => {
          if (issuesOf(input).length > 0) return;
          const price = compileRows(parseInput(priceSchema, input as PriceInput));
          const lines = priceQuantities(price, { model, quantities });
          expect(lines === null).toBe(isPriceMissing(price, model));
          for (const line of lines ?? []) expect(BigInt(line.amountNanos)).toBeLessThan(2n ** 63n);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('never takes what JSON may bring instead of a price', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const issues = issuesOf({ prices: [row('call', value as string)] });
        const isAmount = typeof value === 'string' && /^\s*\d{1,4}(\.\d{1,9})?\s*$/.test(value);
        expect(issues.length === 0).toBe(isAmount && Number(value) <= 1_000);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps the short forms as they were', () => {
    const tokens = parseInput(priceSchema, { kind: 'per_token', inputPrice: '0.0375', outputPrice: '0.15' });
    expect(tokens).toMatchObject({
      kind: 'per_token',
      recurringNanos: 0n,
      tierMode: 'graduated',
      quotas: [],
    });
    expect(
      compilePrice({
        components: tokens.components.map((one) => ({ ...one, nanosPerMillion: `${one.nanosPerMillion}` })),
      }).pricesTokens,
    ).toBe(true);
    expect(issuesOf({ kind: 'flat', monthlyFee: '0.49' })).toEqual([
      expect.objectContaining({ field: 'monthlyFee', reason: 'too_small' }),
    ]);
  });
});
