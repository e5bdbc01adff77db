import type { Fault, TerminalState, USAGE_SOURCES } from '../../../db/schema/index.ts';
import type { MeteringContext } from './metering-context.ts';

/** The columns of `usage_events` that the gateway knows; names as `settle_batch` wants them. */
export interface UsageEventInput {
  organization_id: string;
  request_id: string;
  seller_organization_id: string;
  service_id: string;
  plan_id: string;
  price_version_id: string;
  subscription_id: string;
  key_id: string;
  method: string;
  status_code: number;
  terminal_state: TerminalState;
  fault: Fault;
  error_code: string | null;
  streamed: boolean;
  attempts: number;
  request_bytes: number;
  response_bytes: number;
  model: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  usage_source: (typeof USAGE_SOURCES)[number] | null;
  first_byte_ms: number | null;
  total_ms: number;
  /** Decimal digits: JSON has no bigint. */
  charge_nanos: string;
  /** True when money was held for this call. */
  held: boolean;
}

/**
 * Records calls, charges them and releases what is left of their holds, in one transaction. Safe to
 * repeat: a request id settles once.
 * @returns the ids recorded now; ids recorded before are not among them.
 */
export async function settleCalls(
  { sql }: MeteringContext,
  events: readonly UsageEventInput[],
): Promise<Set<string>> {
  const rows = await sql<{ settled_request_id: string }[]>`
    select settled_request_id from settle_batch(${JSON.stringify(events)}::text::jsonb)`;
  return new Set(rows.map((row) => row.settled_request_id));
}
