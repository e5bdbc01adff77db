import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from '../../lib/app-error.ts';
import { toDecimal } from '../../lib/money.ts';
import { markUp, PRICE_LINE_HEADING, readPriceList, toPriceLine } from './price-list.ts';

describe('a price list of LLM models', () => {
  it('is read digit by digit from a LiteLLM map', () => {
    const list = readPriceList(`{
      "sample_spec": { "input_cost_per_token": 0.0 },
      "gpt-4o": { "mode": "chat", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05,
                  "cache_read_input_token_cost": 1.25e-6 },
      "gpt-4o-mini": { "mode": "chat", "input_cost_per_token": 1.5e-07, "output_cost_per_token": 0.0000006,
                       "output_cost_per_reasoning_token": 0.0 },
      "third": { "input_cost_per_token": 0.1000000000000000055511151231257827e-6, "output_cost_per_token": 1e-6 },
      "embedder": { "mode": "embedding", "input_cost_per_token": 2e-08, "output_cost_per_token": 0 },
      "empty": { "mode": "chat" }
    }`);
    expect(list.format).toBe('litellm');
    expect(list.models).toEqual([
      {
        model: 'gpt-4o',
        input_token: 2_500_000_000n,
        output_token: 10_000_000_000n,
        cached_input_token: 1_250_000_000n,
        cache_write_token: null,
        reasoning_token: null,
      },
      {
        model: 'gpt-4o-mini',
        input_token: 150_000_000n,
        output_token: 600_000_000n,
        cached_input_token: null,
        cache_write_token: null,
        reasoning_token: null,
      },
    ]);
    expect(list.skipped).toEqual([
      { model: 'third', reason: 'too_fine' },
      { model: 'embedder', reason: 'not_tokens' },
      { model: 'empty', reason: 'no_price' },
    ]);
  });

  it('is read from an OpenRouter list, where prices are text and -1 says that they vary', () => {
    const list = readPriceList(
      JSON.stringify({
        data: [
          { id: 'a/b', pricing: { prompt: '0.0000015', completion: '0.000002', input_cache_read: '0' } },
          { id: 'auto', pricing: { prompt: '-1', completion: '-1' } },
          { id: 'free:free', pricing: { prompt: '0', completion: '0' } },
          { id: 'odd', pricing: { prompt: 'NaN', completion: '1e-6' } },
          { id: 'a/b', pricing: { prompt: '1', completion: '1' } },
          { id: '__proto__ x', pricing: {} },
        ],
      }),
    );
    expect(list.models).toEqual([
      expect.objectContaining({ model: 'a/b', input_token: 1_500_000_000n, cached_input_token: null }),
    ]);
    expect(list.skipped.map(({ reason }) => reason)).toEqual([
      ...['negative', 'no_price', 'not_a_number', 'twice', 'bad_name'],
    ]);
  });

  it('comes back from its own CSV as it was', () => {
    const price = fc.bigInt({ min: 1n, max: 99_999_999_999_999n });
    const optional = fc.option(price);
    const listed = fc.record({
      model: fc.stringMatching(/^[\w./:@+-]{1,60}$/),
      ...{ input_token: price, output_token: price },
      ...{ cached_input_token: optional, cache_write_token: optional, reasoning_token: optional },
    });
    fc.assert(
      fc.property(fc.uniqueArray(listed, { selector: ({ model }) => model, minLength: 1 }), (models) => {
        const text = [PRICE_LINE_HEADING, ...models.map(toPriceLine)].join('\n');
        expect(readPriceList(text)).toEqual({ format: 'csv', models, skipped: [] });
      }),
    );
  });

  it('keeps every digit of any number that JSON can write', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 13n }),
        fc.integer({ min: 0, max: 14 }),
        (nanos, shift) => {
          const digits = nanos.toString();
          const exponent = digits.length - 1 - 15;
          const scientific = `${digits[0]}.${digits.slice(1) || '0'}e${exponent}`;
          const plain = `${nanos}${'0'.repeat(shift)}e-${15 + shift}`;
          for (const number of [scientific, plain]) {
            const list = readPriceList(
              `{"m":{"input_cost_per_token":${number},"output_cost_per_token":${number}}}`,
            );
            expect(list.models[0]?.input_token).toBe(nanos);
          }
        },
      ),
    );
  });

  it.each(['', '   ', '[]', '{}', '{"data":', 'a,b\n1,2', '"text"', '{"data":[]}'])('refuses %j', (text) => {
    let thrown: unknown;
    try {
      readPriceList(text);
    } catch (error) {
      thrown = error;
    }
    expect(isAppError(thrown) && thrown.issues[0]?.field).toBe('list');
  });

  it('is marked up without losing a nano', () => {
    expect(markUp(150_000_000n, 2_000)).toBe(180_000_000n);
    expect(markUp(1n, 1)).toBe(2n);
    expect(markUp(123n, 0)).toBe(123n);
    expect(toDecimal(markUp(2_500_000_000n, 1_250), 0)).toBe('2.8125');
  });
});
