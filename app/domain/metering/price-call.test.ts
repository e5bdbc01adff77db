import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METERS, type Meter } from '../../../db/schema/index.ts';
import { priceOf } from '../../lib/money.ts';
import {
  compilePrice,
  isCharged,
  isPriceMissing,
  listedPrice,
  priceAtMost,
  priceOfVolume,
  priceQuantities,
  sumLines,
  type PriceComponentInput,
  type PriceInput,
  type Quantities,
} from './price-call.ts';

const at = (
  meter: Meter,
  nanos: bigint,
  more: Partial<Omit<PriceComponentInput, 'meter'>> = {},
): PriceComponentInput => ({ meter, model: '*', nanosPerMillion: nanos.toString(), ...more });

function cost(
  input: PriceInput,
  quantities: Quantities,
  {
    model = null,
    positions = {},
  }: { model?: string | null } & Pick<Parameters<typeof priceQuantities>[1], 'positions'> = {},
): bigint | null {
  const lines = priceQuantities(compilePrice(input), { model, quantities, positions });
  return lines && sumLines(lines);
}

describe('a price per call', () => {
  const price = { components: [at('call', 2_000_000_000_000_000n)] };

  it('charges the unit price for one call, and nothing for none', () => {
    expect(cost(price, { call: 1 })).toBe(2_000_000_000n);
    expect(cost(price, { call: 0 })).toBe(0n);
  });

  it('does not ask for tokens', () => {
    expect(compilePrice(price).pricesTokens).toBe(false);
    expect(cost(price, { call: 1, input_token: 900, output_token: 900 })).toBe(2_000_000_000n);
  });

  it('is reckoned once for all calls', () => {
    const compiled = compilePrice(price);
    const lines = priceQuantities(compiled, { model: null, quantities: { call: 1, response_byte: 7 } })!;
    expect(lines).toEqual([
      { meter: 'call', quantity: 1, nanosPerMillion: '2000000000000000', amountNanos: '2000000000' },
    ]);
    expect(priceQuantities(compiled, { model: 'any', quantities: { call: 1 } })).toBe(lines);
    expect(priceAtMost(compiled, { model: null, quantities: { call: 1 } })).toBe(lines);
    expect(cost(price, { call: 3 })).toBe(6_000_000_000n);
  });

  it('may differ by model and by the size of the context', () => {
    const components = [
      at('call', 1_000_000n),
      at('call', 5_000_000n, { model: 'big' }),
      at('call', 2_000_000n, { fromContextTokens: 100 }),
    ];
    const lineOf = (model: string, tokens: number) =>
      priceQuantities(compilePrice({ components }), {
        model,
        quantities: { call: 1, input_token: tokens },
      })!.map(({ model: of, amountNanos }) => [of, amountNanos]);
    expect(lineOf('small', 99)).toEqual([['*', '1']]);
    expect(lineOf('small', 100)).toEqual([['*', '2']]);
    expect(lineOf('big', 99)).toEqual([['big', '5']]);
  });

  it('tells which calls are charged', () => {
    expect(isCharged(compilePrice(price), null, { call: 1 })).toBe(true);
    expect(isCharged(compilePrice(price), null, { response_byte: 5 })).toBe(false);
    const tokens = compilePrice({ components: [at('input_token', 1n), at('output_token', 1n)] });
    expect(isCharged(tokens, null, { call: 1 })).toBe(false);
    expect(isCharged(tokens, null, { call: 1, input_token: 1 })).toBe(true);
  });
});

describe('a price per token', () => {
  const price = {
    components: [
      at('input_token', 150_000_000n),
      at('output_token', 600_000_000n),
      at('output_token', 5_000_000_000n, { model: 'big' }),
    ],
  };

  it('rounds each component up to the next nano on its own', () => {
    expect(cost(price, { input_token: 1, output_token: 1 }, { model: 'small' })).toBe(750n);
    const tiny = { components: [at('input_token', 500_000n), at('output_token', 1n)] };
    expect(cost(tiny, { input_token: 1, output_token: 1 })).toBe(2n);
    expect(cost(tiny, { input_token: 2 })).toBe(1n);
  });

  it('takes the price of the model, and the one for every model where it has none', () => {
    const million = { input_token: 1_000_000, output_token: 1_000_000 };
    expect(cost(price, million, { model: 'big' })).toBe(150_000_000n + 5_000_000_000n);
    const lines = priceQuantities(compilePrice(price), { model: 'big', quantities: million })!;
    expect(lines.map(({ meter, model }) => [meter, model])).toEqual([
      ['input_token', '*'],
      ['output_token', 'big'],
    ]);
  });

  it('is missing for a model that nobody priced, and where one of input and output is not said', () => {
    const only = compilePrice({
      components: [at('input_token', 1n, { model: 'big' }), at('output_token', 1n, { model: 'big' })],
    });
    expect([isPriceMissing(only, 'big'), isPriceMissing(only, 'small'), isPriceMissing(only, null)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(priceQuantities(only, { model: 'small', quantities: { input_token: 1 } })).toBeNull();
    expect(isPriceMissing(compilePrice({ components: [at('input_token', 1n)] }), null)).toBe(true);
    // A first step that does not begin at the first token leaves small calls without a price.
    const late = [at('input_token', 1n, { fromContextTokens: 10 }), at('output_token', 1n)];
    expect(isPriceMissing(compilePrice({ components: late }), null)).toBe(true);
  });

  it('tells free from missing: a price of zero is a price', () => {
    const free = { components: [at('input_token', 0n), at('output_token', 0n)] };
    expect(cost(free, { input_token: 9, output_token: 9 })).toBe(0n);
  });

  it('does not overflow or lose a nano on absurd quantities', () => {
    const quantity = Number.MAX_SAFE_INTEGER;
    expect(cost(price, { input_token: quantity }, { model: 'x' })).toBe(BigInt(quantity) * 150n);
  });
});

describe('context-size steps', () => {
  const price = {
    components: [
      at('input_token', 2_000_000_000n),
      at('input_token', 4_000_000_000n, { fromContextTokens: 272_000 }),
      at('output_token', 10_000_000_000n),
      at('output_token', 15_000_000_000n, { fromContextTokens: 272_000 }),
    ],
  };

  it('are chosen by all input tokens of the call, and hold for all of its tokens', () => {
    expect(cost(price, { input_token: 271_999, output_token: 1 })).toBe(271_999n * 2_000n + 10_000n);
    expect(cost(price, { input_token: 272_000, output_token: 1 })).toBe(272_000n * 4_000n + 15_000n);
    expect(cost(price, { input_token: 72_000, cached_input_token: 200_000, output_token: 1 })).toBe(
      272_000n * 4_000n + 15_000n,
    );
  });
});

describe('tiers', () => {
  const components = [at('call', 10_000_000n), at('call', 5_000_000n, { fromUnits: 100 })];
  const calls = (usedUnits: number) => ({ positions: { call: { usedUnits, quotaUnits: 0 } } });

  it('that are graduated price each unit by its own place in the period', () => {
    expect(cost({ components }, { call: 3 }, calls(98))).toBe(2n * 10n + 5n);
    expect(cost({ components }, { call: 3 }, calls(100))).toBe(15n);
    expect(cost({ components }, { call: 3 })).toBe(30n);
  });

  it('of volume mode price by the place reached, and what was too much can be told at the end', () => {
    const volume = { components, tierMode: 'volume' } as const;
    expect(cost(volume, { call: 3 }, calls(97))).toBe(30n);
    expect(cost(volume, { call: 3 }, calls(98))).toBe(15n);
    const [line] = priceQuantities(compilePrice(volume), { model: null, quantities: { call: 100 } })!;
    expect(priceOfVolume(compilePrice(volume), { ...line!, meter: 'call' }, 101)).toBe(500n);
    expect(priceOfVolume(compilePrice(volume), { ...line!, meter: 'call' }, 100)).toBe(1_000n);
  });

  it('are held for at the dearest that the call may come to', () => {
    const rising = compilePrice({
      components: [at('call', 1_000_000n), at('call', 9_000_000n, { fromUnits: 5 })],
    });
    const most = (usedUnits: number) =>
      sumLines(priceAtMost(rising, { model: null, quantities: { call: 2 }, ...calls(usedUnits) })!);
    expect([most(0), most(4), most(9)]).toEqual([2n, 18n, 18n]);
  });
});

describe('quotas', () => {
  const components = [at('call', 10_000_000n)];
  const quota = (overage: 'hard_stop' | 'priced') => [{ meter: 'call' as const, includedUnits: 10, overage }];

  it('pay for what is left of them; the rest costs what the components say', () => {
    const price = { components, quotas: quota('priced') };
    expect(cost(price, { call: 4 })).toBe(0n);
    expect(cost(price, { call: 4 }, { positions: { call: { usedUnits: 8, quotaUnits: 8 } } })).toBe(20n);
    expect(
      cost(price, { call: 4 }, { positions: { call: { usedUnits: 8, quotaUnits: 8, heldUnits: 1 } } }),
    ).toBe(30n);
    const [line] = priceQuantities(compilePrice(price), { model: null, quantities: { call: 12 } })!;
    expect(line).toMatchObject({ included: 10, quantity: 2 });
  });

  it('with a hard stop need no price, others do', () => {
    expect(isPriceMissing(compilePrice({ components: [], quotas: quota('hard_stop') }), null)).toBe(false);
    expect(isPriceMissing(compilePrice({ components: [], quotas: quota('priced') }), null)).toBe(true);
  });

  it('do not count for tiers', () => {
    const tiered = {
      components: [...components, at('call', 1_000_000n, { fromUnits: 5 })],
      quotas: quota('priced'),
    };
    expect(cost(tiered, { call: 2 }, { positions: { call: { usedUnits: 14, quotaUnits: 10 } } })).toBe(11n);
  });
});

const unitPrice = fc.bigInt({ min: 0n, max: 10n ** 15n });
const units = fc.integer({ min: 0, max: 2_000_000 });
const tokens = fc.record({
  input_token: units,
  cached_input_token: units,
  cache_write_token: units,
  output_token: units,
  reasoning_token: units,
});

describe('of any price and any call', () => {
  it('the cost is the sum of each component at its rate', () => {
    const rates = fc.record(Object.fromEntries(METERS.map((meter) => [meter, unitPrice])));
    const quantities = fc.record(Object.fromEntries(METERS.map((meter) => [meter, units])));
    fc.assert(
      fc.property(rates, quantities, rates, fc.constantFrom(0, 272_000), (small, used, large, step) => {
        const prices = small as Record<Meter, bigint>;
        const dear = large as Record<Meter, bigint>;
        const q = used as Record<Meter, number>;
        const components = METERS.flatMap((meter) => [
          at(meter, prices[meter], { model: 'm' }),
          ...(step > 0 ? [at(meter, dear[meter], { model: 'm', fromContextTokens: step })] : []),
        ]);
        const isLarge = step > 0 && q.input_token + q.cached_input_token + q.cache_write_token >= step;
        const expected = METERS.reduce(
          (sum, meter) => sum + priceOf(BigInt(q[meter]), (isLarge ? dear : prices)[meter]),
          0n,
        );
        expect(cost({ components }, q, { model: 'm' })).toBe(expected);
      }),
    );
  });

  it('parts without a price of their own cost the same however the tokens were split', () => {
    fc.assert(
      fc.property(unitPrice, unitPrice, tokens, (input, output, split) => {
        const components = [at('input_token', input), at('output_token', output)];
        const whole = {
          input_token: split.input_token + split.cached_input_token + split.cache_write_token,
          output_token: split.output_token + split.reasoning_token,
        };
        expect(cost({ components }, split)).toBe(cost({ components }, whole));
      }),
    );
  });

  it('graduated tiers cost the same in one call as in many, to a nano of rounding per line', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), unitPrice), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 200 }),
        (steps, calls, includedUnits) => {
          const tiers = [[0, steps[0]![1]], ...steps] as [number, bigint][];
          const unique = [...new Map(tiers)];
          // Whole nanos per unit, so that nothing is rounded.
          const components = unique.map(([fromUnits, nanos]) =>
            at('call', nanos * 1_000_000n, { fromUnits }),
          );
          const quotas =
            includedUnits > 0 ? [{ meter: 'call' as const, includedUnits, overage: 'priced' as const }] : [];
          let usedUnits = 0;
          let quotaUnits = 0;
          let sum = 0n;
          for (const call of calls) {
            const lines = priceQuantities(compilePrice({ components, quotas }), {
              model: null,
              quantities: { call },
              positions: { call: { usedUnits, quotaUnits } },
            })!;
            sum += sumLines(lines);
            quotaUnits += lines.reduce((units, line) => units + (line.included ?? 0), 0);
            usedUnits += call;
          }
          expect(sum).toBe(cost({ components, quotas }, { call: usedUnits }));
        },
      ),
    );
  });

  it('what is set aside covers what is charged', () => {
    fc.assert(
      fc.property(
        unitPrice,
        unitPrice,
        units,
        units,
        fc.integer({ min: 1, max: 1_000_000 }),
        (low, high, used, q, from) => {
          const input = {
            components: [at('request_byte', low), at('request_byte', high, { fromUnits: from })],
            tierMode: 'volume' as const,
          };
          const asked = {
            model: null,
            quantities: { request_byte: q },
            positions: { request_byte: { usedUnits: used, quotaUnits: 0 } },
          };
          const price = compilePrice(input);
          expect(sumLines(priceAtMost(price, asked)!)).toBeGreaterThanOrEqual(
            sumLines(priceQuantities(price, asked)!),
          );
        },
      ),
    );
  });
});

it('the listed price is that of the smallest context before any tier', () => {
  const price = compilePrice({
    components: [at('call', 3n), at('call', 1n, { fromUnits: 10 }), at('call', 9n, { model: 'm' })],
  });
  expect([
    listedPrice(price, null, 'call'),
    listedPrice(price, 'm', 'call'),
    listedPrice(price, null, 'millisecond'),
  ]).toEqual([3n, 9n, null]);
});
