import { describe, expect, it } from 'vitest';
import type { Meter } from '../../domain/plans/index.ts';
import { mayGrow, mostItCosts, type PlaygroundPlan } from './estimate.ts';

type Row = [meter: Meter, nanosPerMillion: bigint, model?: string, fromContextTokens?: number];

const plan = (...rows: Row[]): PlaygroundPlan => ({
  kind: 'per_token',
  price: {
    currency: 'USD',
    components: rows.map(([meter, nanosPerMillion, model = '*', fromContextTokens = 0]) => ({
      ...{ meter, nanosPerMillion, model, fromContextTokens },
    })),
  },
});
const MILLION = 1_000_000n;
const request = { model: 'm', textBytes: 300, maxTokens: 10 };

describe('the most that a request can cost', () => {
  it('is nothing where nothing has a price', () => {
    expect(mostItCosts(plan(['call', 0n]), request)).toBeNull();
    expect(mostItCosts(plan(), request)).toBeNull();
  });

  it('counts a third of the bytes in and the bound out, at the model’s own price', () => {
    const prices = plan(
      ['input_token', MILLION],
      ['output_token', 10n * MILLION],
      ['output_token', 20n * MILLION, 'm'],
    );
    expect(mostItCosts(prices, request)).toBe(100n + 200n);
    expect(mostItCosts(prices, { ...request, model: 'other' })).toBe(100n + 100n);
    expect(mostItCosts(prices, { ...request, maxTokens: undefined })).toBe(100n + 4_096n * 20n);
  });

  it('takes the dearest tier, the step of its length, and the dearest kind of token', () => {
    const prices = plan(
      ['input_token', MILLION],
      ['input_token', 3n * MILLION],
      ['input_token', 9n * MILLION, '*', 1_000],
      ['reasoning_token', 5n * MILLION],
      ['output_token', 2n * MILLION],
    );
    expect(mostItCosts(prices, request)).toBe(300n + 50n);
    expect(mostItCosts(prices, { ...request, textBytes: 3_000 })).toBe(9_000n + 50n);
  });

  it('grows with answers that are paid by length or time', () => {
    expect(mayGrow(plan(['response_byte', MILLION]))).toBe(true);
    expect(mostItCosts(plan(['millisecond', MILLION]), request)).toBe(60_000n);
    expect(mayGrow(plan(['call', MILLION], ['millisecond', 0n]))).toBe(false);
  });
});
