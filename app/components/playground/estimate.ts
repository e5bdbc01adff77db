import type { PlanKind } from '../../domain/plans/index.ts';
import { priceOf, type Nanos } from '../../lib/money.ts';

/** What a plan charges, as far as an estimate needs it. */
export interface PlaygroundPlan {
  kind: PlanKind;
  price: {
    currency: string;
    components: readonly { meter: string; model: string; nanosPerMillion: bigint }[];
  };
}

/** As holds count: a third of the bytes for what goes in, the bound or the platform's usual for what comes out. */
const HELD_BYTES_PER_TOKEN = 3;
const USUAL_MAX_TOKENS = 4_096;

/** The most a request can cost; null when calls cost nothing. */
export function mostItCosts(
  plan: PlaygroundPlan,
  request: { model: string; textBytes: number; maxTokens: number | undefined },
): Nanos | null {
  const priceFor = (meter: string): Nanos => {
    const ofMeter = plan.price.components.filter((one) => one.meter === meter);
    const found =
      ofMeter.find(({ model }) => model === request.model) ?? ofMeter.find(({ model }) => model === '*');
    return found?.nanosPerMillion ?? 0n;
  };
  if (plan.price.components.every(({ nanosPerMillion }) => nanosPerMillion === 0n)) return null;
  return (
    priceOf(1n, priceFor('call')) +
    priceOf(BigInt(Math.ceil(request.textBytes / HELD_BYTES_PER_TOKEN)), priceFor('input_token')) +
    priceOf(BigInt(Math.max(1, Math.trunc(request.maxTokens ?? USUAL_MAX_TOKENS))), priceFor('output_token'))
  );
}
