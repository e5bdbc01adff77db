import type { Meter, PlanKind } from '../../domain/plans/index.ts';
import { priceOf, type Nanos } from '../../lib/money.ts';

/** What a plan charges, as far as an estimate needs it. */
export interface PlaygroundPlan {
  kind: PlanKind;
  price: {
    currency: string;
    components: readonly {
      meter: Meter;
      model: string;
      fromContextTokens: number;
      nanosPerMillion: bigint;
    }[];
  };
}

export interface EstimatedRequest {
  model: string;
  /** In UTF-8. */
  textBytes: number;
  maxTokens: number | undefined;
}

/** As holds count: a third of the bytes for what goes in, the bound or the platform's usual for what comes out. */
const HELD_BYTES_PER_TOKEN = 3;
const USUAL_MAX_TOKENS = 4_096;
/** What nobody knows before the answer is held for in steps; the first ones. */
const FIRST_RESPONSE_BYTES = 1024 * 1024;
const FIRST_MS = 60_000;

const INPUT: readonly Meter[] = ['input_token', 'cached_input_token', 'cache_write_token'];
const OUTPUT: readonly Meter[] = ['output_token', 'reasoning_token'];
/** Priced by how much comes back, or how long it takes: more may be set aside while it runs. */
const OPEN: readonly Meter[] = ['response_byte', 'millisecond'];

/**
 * The most that is set aside for a request before it is sent, in the dearest tier and as if nothing were
 * included; null when calls cost nothing.
 */
export function mostItCosts(plan: PlaygroundPlan, request: EstimatedRequest): Nanos | null {
  const { components } = plan.price;
  if (components.every(({ nanosPerMillion }) => nanosPerMillion === 0n)) return null;
  const inputTokens = Math.ceil(request.textBytes / HELD_BYTES_PER_TOKEN);
  const outputTokens = Math.max(1, Math.trunc(request.maxTokens ?? USUAL_MAX_TOKENS));
  const dearest = (meters: readonly Meter[]): Nanos => {
    const rates = meters.flatMap((meter) => {
      const ofMeter = components.filter((one) => one.meter === meter && one.fromContextTokens <= inputTokens);
      const own = ofMeter.filter(({ model }) => model === request.model);
      return own.length > 0 ? own : ofMeter.filter(({ model }) => model === '*');
    });
    return rates.reduce((most, { nanosPerMillion }) => (nanosPerMillion > most ? nanosPerMillion : most), 0n);
  };
  const lines: [units: number, meters: readonly Meter[]][] = [
    [1, ['call']],
    [inputTokens, INPUT],
    [outputTokens, OUTPUT],
    [request.textBytes, ['request_byte']],
    [FIRST_RESPONSE_BYTES, ['response_byte']],
    [FIRST_MS, ['millisecond']],
  ];
  return lines.reduce((sum, [units, meters]) => sum + priceOf(BigInt(units), dearest(meters)), 0n);
}

/** True when an answer that is long, or takes long, may cost more than what is set aside at first. */
export function mayGrow({ price }: PlaygroundPlan): boolean {
  return price.components.some(({ meter, nanosPerMillion }) => OPEN.includes(meter) && nanosPerMillion > 0n);
}

/** Prices count bytes; a Chinese or Japanese character is three of them. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
