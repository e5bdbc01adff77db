import type { Fault, TerminalState } from '../../db/schema/index.ts';
import {
  capLines,
  sumLines,
  type Quantities,
  type UsageEventDetails,
  type UsageEventInput,
} from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import type { Call } from './call.ts';
import type { TokenUsage } from './dialects/neutral.ts';
import { holdMore } from './hold.ts';
import { describeLimits } from './limit.ts';
import { credibleQuantities, linesOf, usedQuantities } from './quantities.ts';

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
  /** `parts`: tokens and bytes that were delivered of an answer that broke; `whole`: the call. */
  billable: 'nothing' | 'parts' | 'whole';
  /** Text that came, in bytes: how far an upstream's word about tokens can be believed. */
  textBytes?: number;
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
    billable: 'nothing',
  };
}

/** What the call costs: never more than was held, nothing when nothing was delivered. */
export function chargeOf(call: Call, outcome: Outcome): Nanos {
  return sumLines(chargeLines(call, usedQuantities(call, outcome)) ?? []);
}

/** True when the call is paid for, be it with units of a quota. */
export function isPaid(call: Call, outcome: Outcome): boolean {
  if (!call.held || outcome.billable === 'nothing') return false;
  return call.price!.price.isCounted || chargeOf(call, outcome) > 0n;
}

function chargeLines(call: Call, used: Quantities) {
  const lines = linesOf(call, used);
  return lines && capLines(lines, call.heldNanos);
}

/**
 * Stage 8: one usage event for an admitted call. A promise when money was held: the last byte waits for
 * it. Calls that cost nothing are written behind.
 */
export function settle(call: Call, outcome: Outcome): Promise<void> | undefined {
  call.usedTokens = outcome.tokens ? outcome.tokens.input + outcome.tokens.output : 0;
  call.onTokensUsed?.(call.usedTokens);
  call.totalMs = Math.round(call.elapsedMs());
  if (call.held) return settleHeld(call, outcome);
  call.parts.settler.record(usageEventOf(call, outcome, {}));
}

async function settleHeld(call: Call, outcome: Outcome): Promise<void> {
  const used = usedQuantities(call, outcome);
  await topUp(call, used, outcome.textBytes ?? 0);
  const counts = call.price!.price.isCounted || Object.keys(call.heldQuota).length > 0;
  call.chargedNanos = await call.parts.teller.settle(usageEventOf(call, outcome, used), counts);
}

/**
 * What was delivered beyond the hold (tokens that nobody saw coming, bytes, time) is paid for as far as
 * there is money; the charge goes no further than that.
 */
async function topUp(call: Call, used: Quantities, textBytes: number): Promise<void> {
  const credible = credibleQuantities(call, used, textBytes);
  const lines = linesOf(call, credible);
  if (lines === null) return;
  const isShort = call.price!.price.isCounted
    ? exceeds(credible, call.cover)
    : sumLines(lines) > call.heldNanos;
  if (!isShort) return;
  try {
    await holdMore(call, 'top_up', sumLines(lines) - call.heldNanos, credible);
  } catch (error) {
    call.parts.logger.warn({ err: error, requestId: call.id }, 'a call could not be topped up');
  }
}

/** Parts of tokens are covered together. */
function exceeds(used: Quantities, cover: Quantities): boolean {
  const sum = (of: Quantities, meters: readonly (keyof Quantities)[]): number =>
    meters.reduce((units, meter) => units + (of[meter] ?? 0), 0);
  return TOGETHER.some((meters) => sum(used, meters) > sum(cover, meters));
}

const TOGETHER: readonly (readonly (keyof Quantities)[])[] = [
  ['input_token', 'cached_input_token', 'cache_write_token'],
  ['output_token', 'reasoning_token'],
  ['request_byte'],
  ['response_byte'],
  ['millisecond'],
];

function usageEventOf(call: Call, outcome: Outcome, used: Quantities): UsageEventInput {
  const lines = outcome.billable === 'nothing' || !call.held ? null : chargeLines(call, used);
  const isCounted = lines !== null && call.price!.price.isCounted;
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
    total_ms: call.totalMs,
    upstream_id: call.attempts === 0 ? null : (call.upstream?.id ?? null),
    credential_id: call.attempts === 0 ? null : call.credential?.id || null,
    details: detailsOf(call, outcome),
    charge_nanos: lines === null ? '0' : sumLines(lines).toString(),
    held: call.held,
    lines: lines?.length ? lines : null,
    ...(isCounted && {
      counted: { model: call.model, quantities: used, hold_nanos: call.heldNanos.toString() },
    }),
  };
}

/** Of a path so much is kept for the call's explanation. */
const MAX_PATH = 500;

/** Null for plain calls, which have nothing more to tell. */
function detailsOf(call: Call, { tokens, servedModel }: Outcome): UsageEventDetails | null {
  const { cache, llm } = call;
  if (llm === null && cache === null && call.trace === null) return null;
  if (call.trace !== null) call.trace.limits = describeLimits(call);
  const isTraced = call.trace !== null || llm !== null;
  const trace = isTraced ? { path: call.restPath.slice(0, MAX_PATH), ...call.trace } : null;
  return {
    cached_input_tokens: tokens?.cachedInputTokens ?? null,
    cache_write_tokens: tokens?.cacheWriteTokens ?? null,
    reasoning_tokens: tokens?.reasoningTokens ?? null,
    served_model: servedModel,
    cache,
    trace,
  };
}
