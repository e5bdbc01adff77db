import { describe, expect, it } from 'vitest';
import { compilePrice, findUnitPrices, priceCall } from './price-call.ts';

const perMillion = (meter: 'call' | 'input_token' | 'output_token', nanos: bigint, model = '*') => ({
  meter,
  model,
  nanosPerMillion: nanos.toString(),
});
const one = { calls: 1, inputTokens: 0, outputTokens: 0 };

describe('a price per call', () => {
  const price = compilePrice([perMillion('call', 2_000_000_000_000_000n)]);

  it('charges the unit price for one call', () => {
    expect(priceCall(findUnitPrices(price, 'per_call', null)!, one)).toBe(2_000_000_000n);
  });

  it('charges nothing for a call that is not billable', () => {
    expect(priceCall(findUnitPrices(price, 'per_call', null)!, { ...one, calls: 0 })).toBe(0n);
  });

  it('is missing when the plan has only token prices', () => {
    expect(findUnitPrices(compilePrice([perMillion('input_token', 1n)]), 'per_call', null)).toBeNull();
  });
});

describe('a price per token', () => {
  const price = compilePrice([
    perMillion('input_token', 150_000_000n),
    perMillion('output_token', 600_000_000n),
    perMillion('output_token', 5_000_000_000n, 'big'),
  ]);

  it('rounds each component up to the next nano on its own', () => {
    // 1 × 150 and 1 × 600 nanos per token exactly; a price of half a nano per token rounds up.
    expect(
      priceCall(findUnitPrices(price, 'per_token', 'small')!, { calls: 0, inputTokens: 1, outputTokens: 1 }),
    ).toBe(750n);
    const tiny = compilePrice([perMillion('input_token', 500_000n), perMillion('output_token', 1n)]);
    expect(
      priceCall(findUnitPrices(tiny, 'per_token', null)!, { calls: 0, inputTokens: 1, outputTokens: 1 }),
    ).toBe(2n);
    expect(
      priceCall(findUnitPrices(tiny, 'per_token', null)!, { calls: 0, inputTokens: 2, outputTokens: 0 }),
    ).toBe(1n);
  });

  it('takes the price of the model, and the one for every model where it has none', () => {
    expect(
      priceCall(findUnitPrices(price, 'per_token', 'big')!, {
        calls: 0,
        inputTokens: 1_000_000,
        outputTokens: 1_000_000,
      }),
    ).toBe(150_000_000n + 5_000_000_000n);
  });

  it('is missing for a model that nobody priced', () => {
    const only = compilePrice([perMillion('input_token', 1n, 'big'), perMillion('output_token', 1n, 'big')]);
    expect(findUnitPrices(only, 'per_token', 'big')).not.toBeNull();
    expect(findUnitPrices(only, 'per_token', 'small')).toBeNull();
    expect(findUnitPrices(only, 'per_token', null)).toBeNull();
  });

  it('tells free from missing: a price of zero is a price', () => {
    const free = compilePrice([perMillion('input_token', 0n), perMillion('output_token', 0n)]);
    expect(
      priceCall(findUnitPrices(free, 'per_token', 'any')!, { calls: 1, inputTokens: 9, outputTokens: 9 }),
    ).toBe(0n);
  });

  it('does not overflow or lose a nano on absurd quantities', () => {
    const quantity = Number.MAX_SAFE_INTEGER;
    expect(
      priceCall(findUnitPrices(price, 'per_token', 'x')!, {
        calls: 0,
        inputTokens: quantity,
        outputTokens: 0,
      }),
    ).toBe(BigInt(quantity) * 150n);
  });
});
