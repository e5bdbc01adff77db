import type { UsageEventInput } from './settle-calls.ts';

/** What calls of a batch have in common. */
export type SharedCall = Omit<
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
  | 'lines'
  | 'counted'
>;

/** What the events have in common is sent once: most of a batch are calls of a few keys that ended alike. */
export function shareCalls(events: readonly UsageEventInput[]): {
  calls: SharedCall[];
  /** Of each event's call, from one. */
  positions: number[];
} {
  const calls: SharedCall[] = [];
  const firstOfKey = new Map<string, number[]>();
  const positions = events.map((event) => {
    let ofKey = firstOfKey.get(event.key_id);
    if (ofKey === undefined) firstOfKey.set(event.key_id, (ofKey = []));
    const known = ofKey.find((position) => isAlike(calls[position - 1]!, event));
    if (known !== undefined) return known;
    calls.push(sharedPartOf(event));
    ofKey.push(calls.length);
    return calls.length;
  });
  return { calls, positions };
}

/** Key, subscription and price version settle whose call of what it was. */
function isAlike(call: SharedCall, event: UsageEventInput): boolean {
  return (
    call.subscription_id === event.subscription_id &&
    call.price_version_id === event.price_version_id &&
    call.status_code === event.status_code &&
    call.method === event.method &&
    call.model === event.model &&
    call.upstream_id === event.upstream_id &&
    call.credential_id === event.credential_id &&
    call.terminal_state === event.terminal_state &&
    call.fault === event.fault &&
    call.error_code === event.error_code &&
    call.streamed === event.streamed &&
    call.attempts === event.attempts &&
    call.usage_source === event.usage_source &&
    call.held === event.held
  );
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
