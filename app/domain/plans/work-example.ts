import type { Meter, Service } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { priceQuantities, type Positions, type Quantities } from '../metering/index.ts';
import type { ParsedPrice } from './price-of-plan.ts';
import { compileRows } from './replay-usage.ts';
import { priceSchema, type PriceInput } from './schemas.ts';

const CALLS = 10_000;
/** What each call of the example uses: 2M tokens in and 0.5M out in all, or 20 MB, 100 MB and 3,000 seconds. */
const USED_BY_CALL: Record<Service['kind'], Quantities> = {
  llm: {
    call: 1,
    input_token: 200,
    output_token: 50,
    request_byte: 1_000,
    response_byte: 500,
    millisecond: 900,
  },
  http: { call: 1, request_byte: 2_000, response_byte: 10_000, millisecond: 300 },
};

export interface ExampleLine {
  meter: Meter;
  quantity: number;
  /** Of these the quota paid for as many more. */
  included: number;
  nanosPerMillion: Nanos;
  amountNanos: Nanos;
}

export interface WorkedExample {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  feeNanos: Nanos;
  interval: ParsedPrice['recurringInterval'];
  lines: ExampleLine[];
  totalNanos: Nanos;
  /** Calls that a quota with a hard stop refuses. */
  refusedCalls: number;
  /** The model that the example is for; null: any. */
  model: string | null;
}

/**
 * What a buyer pays in a month of ordinary use, call by call as the gateway would charge them.
 * @throws AppError `invalid_request`
 */
export function workExample(input: PriceInput, serviceKind: Service['kind']): WorkedExample {
  return exampleOf(parseInput(priceSchema, input), serviceKind);
}

/** The same for a price that is stored. */
export function exampleOf(price: Omit<ParsedPrice, 'kind'>, serviceKind: Service['kind']): WorkedExample {
  const compiled = compileRows(price);
  const models = new Set(price.components.map(({ model }) => model));
  const model = models.size === 0 || models.has('*') ? null : [...models][0]!;
  const used = USED_BY_CALL[serviceKind];
  const positions: Positions = {};
  const lines = new Map<string, ExampleLine>();
  let refusedCalls = 0;
  for (let call = 0; call < CALLS; call++) {
    const isRefused = price.quotas.some(
      ({ meter, overage, includedUnits }) =>
        overage === 'hard_stop' && (positions[meter]?.usedUnits ?? 0) + (used[meter] ?? 0) > includedUnits,
    );
    const charged = isRefused ? null : priceQuantities(compiled, { model, quantities: used, positions });
    if (charged === null) {
      refusedCalls++;
      continue;
    }
    for (const { meter, quantity, included = 0, nanosPerMillion, amountNanos } of charged) {
      if (meter === 'adjustment') continue;
      const before = positions[meter] ?? { usedUnits: 0, quotaUnits: 0 };
      positions[meter] = {
        usedUnits: before.usedUnits + quantity + included,
        quotaUnits: before.quotaUnits + included,
      };
      const key = `${meter} ${nanosPerMillion}`;
      const line = lines.get(key) ?? {
        ...{ meter, quantity: 0, included: 0, nanosPerMillion: BigInt(nanosPerMillion), amountNanos: 0n },
      };
      lines.set(key, {
        ...line,
        quantity: line.quantity + quantity,
        included: line.included + included,
        amountNanos: line.amountNanos + BigInt(amountNanos),
      });
    }
  }
  const all = [...lines.values()].filter(({ quantity, included }) => quantity + included > 0);
  const usage = all.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
  return {
    calls: CALLS,
    inputTokens: CALLS * (used.input_token ?? 0),
    outputTokens: CALLS * (used.output_token ?? 0),
    feeNanos: price.recurringNanos,
    interval: price.recurringInterval,
    lines: all,
    totalNanos: usage + price.recurringNanos,
    refusedCalls,
    model,
  };
}
