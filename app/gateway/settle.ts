import type { Fault, TerminalState } from '../../db/schema/index.ts';
import { priceCall, type UsageEventDetails, type UsageEventInput } from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import type { Call } from './call.ts';
import type { TokenUsage } from './dialects/neutral.ts';
import { describeLimits } from './limit.ts';

export interface CountedTokens extends Partial<
  Pick<TokenUsage, 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens'>
> {
  input: number;
  output: number;
  source: 'upstream' | 'estimated';
}

/** How a call ended, as far as metering is concerned. */
export interface Outcome {
  /** Sent to the caller; 499 when the caller left before. */
  statusCode: number;
  terminalState: TerminalState;
  fault: Fault;
  errorCode: string | null;
  streamed: boolean;
  responseBytes: number;
  firstByteMs: number | null;
  /** Null for calls without tokens. */
  tokens: CountedTokens | null;
  /** What the upstream says it answered with. */
  servedModel: string | null;
  /** False: nothing was delivered that the price could be for. */
  billable: boolean;
}

/** An outcome in which the caller got nothing from the seller. */
export function undelivered(
  statusCode: number,
  terminalState: TerminalState,
  fault: Fault,
  errorCode: string | null,
): Outcome {
  return {
    statusCode,
    terminalState,
    fault,
    errorCode,
    streamed: false,
    responseBytes: 0,
    firstByteMs: null,
    tokens: null,
    servedModel: null,
    billable: false,
  };
}

/** What the call costs: never more than was held, nothing when nothing was delivered. */
export function chargeOf(call: Call, outcome: Outcome): Nanos {
  if (call.unitPrices === null || !outcome.billable) return 0n;
  const charge = priceCall(call.unitPrices, {
    calls: 1,
    inputTokens: outcome.tokens?.input ?? 0,
    outputTokens: outcome.tokens?.output ?? 0,
  });
  return charge > call.heldNanos ? call.heldNanos : charge;
}

/**
 * Stage 8: one usage event for an admitted call. A promise when money was held: the last byte waits for
 * it. Calls that cost nothing are written behind.
 */
export function settle(call: Call, outcome: Outcome): Promise<void> | undefined {
  call.usedTokens = outcome.tokens ? outcome.tokens.input + outcome.tokens.output : 0;
  call.onTokensUsed?.(call.usedTokens);
  const event = usageEventOf(call, outcome, chargeOf(call, outcome));
  if (event.held) return call.parts.settler.settle(event);
  call.parts.settler.record(event);
}

function usageEventOf(call: Call, outcome: Outcome, chargeNanos: Nanos): UsageEventInput {
  const principal = call.principal!;
  const service = call.service!;
  return {
    organization_id: principal.organizationId,
    request_id: call.id,
    seller_organization_id: service.organizationId,
    service_id: service.id,
    plan_id: call.plan!.id,
    price_version_id: call.price!.id,
    subscription_id: call.subscription!.id,
    key_id: principal.keyId,
    method: call.method,
    status_code: outcome.statusCode,
    terminal_state: outcome.terminalState,
    fault: outcome.fault,
    error_code: outcome.errorCode,
    streamed: outcome.streamed,
    attempts: call.attempts,
    request_bytes: call.requestBytes,
    response_bytes: outcome.responseBytes,
    model: call.model,
    input_tokens: outcome.tokens?.input ?? null,
    output_tokens: outcome.tokens?.output ?? null,
    usage_source: outcome.tokens?.source ?? null,
    first_byte_ms: outcome.firstByteMs,
    total_ms: Math.round(call.elapsedMs()),
    upstream_id: call.attempts === 0 ? null : (call.upstream?.id ?? null),
    credential_id: call.attempts === 0 ? null : call.credential?.id || null,
    details: detailsOf(call, outcome),
    charge_nanos: chargeNanos.toString(),
    held: call.heldNanos > 0n,
  };
}

/** Null for plain calls, which have nothing more to tell. */
function detailsOf(call: Call, { tokens, servedModel }: Outcome): UsageEventDetails | null {
  const { cache, trace, llm } = call;
  if (llm === null && cache === null && trace === null) return null;
  if (trace !== null) trace.limits = describeLimits(call);
  return {
    cached_input_tokens: tokens?.cachedInputTokens ?? null,
    cache_write_tokens: tokens?.cacheWriteTokens ?? null,
    reasoning_tokens: tokens?.reasoningTokens ?? null,
    served_model: servedModel,
    cache,
    trace,
  };
}
