import type {
  CallTrace,
  CACHE_RESULTS,
  Fault,
  TerminalState,
  USAGE_SOURCES,
} from '../../../db/schema/index.ts';
import type { MeteringContext } from './metering-context.ts';

/** The columns of `usage_events` that the gateway knows. */
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
  /** The one that answered. */
  upstream_id: string | null;
  credential_id: string | null;
  /** What plain calls do not have; null for them. */
  details: UsageEventDetails | null;
  /** Decimal digits: JSON has no bigint. */
  charge_nanos: string;
  /** True when money was held for this call. */
  held: boolean;
}

/** Columns that most calls leave empty. */
export interface UsageEventDetails {
  cached_input_tokens?: number | null;
  cache_write_tokens?: number | null;
  reasoning_tokens?: number | null;
  served_model?: string | null;
  cache?: (typeof CACHE_RESULTS)[number] | null;
  trace?: CallTrace | null;
}

/**
 * Records calls, charges them and releases what is left of their holds, in one transaction. Safe to
 * repeat: a request id settles once.
 * @returns how many were recorded now; those recorded before are not counted.
 */
export async function settleCalls(
  { sql }: MeteringContext,
  events: readonly UsageEventInput[],
): Promise<number> {
  const { calls, positions } = shareCalls(events);
  const [row] = await sql<{ recorded: number }[]>`
    select settle_batch(
      ${JSON.stringify(calls)}::text::jsonb, ${positions}::integer[],
      ${events.map((event) => event.request_id)}::text[], ${events.map((event) => event.request_bytes)}::bigint[],
      ${events.map((event) => event.response_bytes)}::bigint[], ${events.map((event) => event.input_tokens)}::bigint[],
      ${events.map((event) => event.output_tokens)}::bigint[], ${events.map((event) => event.first_byte_ms)}::integer[],
      ${events.map((event) => event.total_ms)}::integer[], ${events.map((event) => event.charge_nanos)}::bigint[],
      ${events.map((event) => event.details && JSON.stringify(event.details))}::text[],
      ${events.map(() => null)}::text[], ${events.map(() => null)}::text[]) as recorded`;
  return row!.recorded;
}

type SharedCall = Omit<
  UsageEventInput,
  | 'request_id'
  | 'request_bytes'
  | 'response_bytes'
  | 'input_tokens'
  | 'output_tokens'
  | 'first_byte_ms'
  | 'total_ms'
  | 'charge_nanos'
  | 'details'
>;

/** What the events have in common is sent once: most of a batch are calls of a few keys that ended alike. */
function shareCalls(events: readonly UsageEventInput[]): { calls: SharedCall[]; positions: number[] } {
  const calls: SharedCall[] = [];
  const positionOf = new Map<string, number>();
  const positions = events.map((event) => {
    const identity = identityOf(event);
    const known = positionOf.get(identity);
    if (known !== undefined) return known;
    calls.push(sharedPartOf(event));
    positionOf.set(identity, calls.length);
    return calls.length;
  });
  return { calls, positions };
}

/** Key, subscription and price version settle whose call of what it was. */
function identityOf(event: UsageEventInput): string {
  const { key_id, subscription_id, price_version_id, method, model, upstream_id, credential_id } = event;
  const { status_code, terminal_state, fault, error_code, streamed, attempts, usage_source, held } = event;
  return `${key_id} ${subscription_id} ${price_version_id} ${method} ${upstream_id} ${credential_id} ${status_code} ${terminal_state} ${fault} ${error_code} ${streamed} ${attempts} ${usage_source} ${held} ${model}`;
}

function sharedPartOf(event: UsageEventInput): SharedCall {
  const { organization_id, seller_organization_id, service_id, plan_id, price_version_id } = event;
  const { subscription_id, key_id, method, model, upstream_id, credential_id } = event;
  const { status_code, terminal_state, fault, error_code, streamed, attempts, usage_source, held } = event;
  return {
    ...{ organization_id, seller_organization_id, service_id, plan_id, price_version_id },
    ...{ subscription_id, key_id, method, model, upstream_id, credential_id },
    ...{ status_code, terminal_state, fault, error_code, streamed, attempts, usage_source, held },
  };
}
