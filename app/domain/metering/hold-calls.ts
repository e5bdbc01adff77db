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
  const rows = await sql<{ held_request_id: string }[]>`
    select held_request_id from hold_batch(
      ${holds.map((hold) => hold.organizationId)}::text[], ${holds.map((hold) => hold.requestId)}::text[],
      ${holds.map((hold) => hold.amountNanos.toString())}::text[]::bigint[],
      ${holds.map((hold) => hold.ttlSeconds)}::integer[], ${JSON.stringify(holds.map((hold) => hold.call))}::text::jsonb)`;
  return new Set(rows.map((row) => row.held_request_id));
}
