import type { HeldCall } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import type { MeteringContext } from './metering-context.ts';

export interface HoldRequest {
  /** The buyer. */
  organizationId: string;
  requestId: string;
  amountNanos: Nanos;
  /** After this long without a settle, the process that held is taken for dead. */
  ttlSeconds: number;
  call: HeldCall;
}

/**
 * Sets money aside for many calls in one round trip, first come first served per wallet.
 * @returns the request ids that were admitted; the others' wallets have too little left.
 */
export async function holdCalls(
  { sql }: MeteringContext,
  holds: readonly HoldRequest[],
): Promise<Set<string>> {
  const calls: object[] = [];
  const positionOf = new Map<string, number>();
  const positions = holds.map(({ organizationId, call }) => {
    const identity = `${call.key_id} ${call.subscription_id} ${call.price_version_id} ${call.method} ${call.model}`;
    const known = positionOf.get(identity);
    if (known !== undefined) return known;
    calls.push({ organization_id: organizationId, ...call });
    positionOf.set(identity, calls.length);
    return calls.length;
  });
  const rows = await sql<{ held_request_id: string }[]>`
    select held_request_id from hold_batch(
      ${JSON.stringify(calls)}::text::jsonb, ${positions}::integer[], ${holds.map((hold) => hold.requestId)}::text[],
      ${holds.map((hold) => hold.amountNanos.toString())}::bigint[], ${holds.map((hold) => hold.ttlSeconds)}::integer[],
      ${holds.map(() => 0)}::integer[], ${holds.map(() => null)}::text[]) where refusal is null`;
  return new Set(rows.map((row) => row.held_request_id));
}
