import type { HoldCheckpoint } from '../../db/schema/index.ts';
import { capLines, countersOf, priceQuantities, sumLines, type Positions } from '../domain/metering/index.ts';
import type { Call } from './call.ts';
import { usedQuantities } from './quantities.ts';
import type { Outcome } from './settle.ts';

/** What a running call would be charged if this were its end. */
export function checkpointOf(call: Call, outcome: Outcome): HoldCheckpoint {
  const { tokens } = outcome;
  const { price } = call.price!;
  const quantities = usedQuantities(call, outcome);
  const all = call.charges
    ? priceQuantities(price, { model: call.model, quantities, positions: ownQuota(call) })
    : null;
  const lines = all === null ? [] : capLines(all, call.heldNanos);
  const isCounted = price.isCounted && call.periodStart !== null;
  return {
    status_code: outcome.statusCode,
    response_bytes: outcome.responseBytes,
    ...(tokens && {
      input_tokens: tokens.input,
      output_tokens: tokens.output,
      usage_source: tokens.source,
    }),
    charge_nanos: sumLines(lines).toString(),
    ...(lines.length > 0 && { lines }),
    ...(isCounted && all && { counters: countersOf(price, all, call.periodStart!, call.heldNanos) }),
  };
}

/** Of the quotas this call has what was set aside for it. */
function ownQuota({ price, heldQuota }: Call): Positions {
  const positions: Positions = {};
  for (const { meter, includedUnits } of price!.price.quotas.values())
    positions[meter] = { usedUnits: 0, quotaUnits: 0, heldUnits: includedUnits - (heldQuota[meter] ?? 0) };
  return positions;
}
