import type { FindAtStripe } from '../payments/index.ts';

/** The reversal of a transfer that an earlier try of the operation may have made. */
export function findReversal(transferId: string): FindAtStripe<Record<string, unknown>> {
  return async (stripe, _parameters, operation) => {
    const { data } = await stripe.transfers.listReversals(transferId, { limit: 100 });
    return data.find(({ metadata }) => metadata?.['operation_id'] === operation.id) ?? null;
  };
}
