import { findUnitPrices } from '../domain/metering/index.ts';
import { AppError } from '../lib/app-error.ts';
import { toDecimal } from '../lib/money.ts';
import type { Call } from './call.ts';
import { dearestCost, primaryTarget } from './routing/target.ts';

/** A hold outlives the longest call by this much; then its process is taken for dead. */
const HOLD_GRACE_SECONDS = 60;
const READ_ONLY = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Sets aside the most the call may cost, whichever model answers it in the end. Plans without a price per use skip the hold, not the
 * usage event; a priced call without a price is refused here.
 */
export function hold(call: Call): void | Promise<void> {
  const plan = call.plan!;
  if ((plan.kind === 'per_call' || plan.kind === 'per_token') && !hasNoTokens(call)) {
    call.unitPrices = findUnitPrices(call.price!.price, plan.kind, call.model);
    if (call.unitPrices === null || (plan.kind === 'per_token' && call.llm === null))
      throw priceMissing(call);
  }
  let amountNanos = dearestCost(call, primaryTarget(call));
  for (const fallback of call.fallbacks) {
    const cost = dearestCost(call, fallback);
    if (cost > amountNanos) amountNanos = cost;
  }
  if (amountNanos === 0n) {
    call.admitted = true;
    return;
  }
  return setAside(call, amountNanos);
}

function priceMissing({ model }: Call): AppError {
  return new AppError(
    'price_missing',
    model !== null ? `There is no price for the model "${model}".` : 'This call has no price on this plan.',
  );
}

/** Counting tokens is free; on a plan per token, reading (`GET /models`) generates nothing. */
function hasNoTokens({ llm, plan, method }: Call): boolean {
  if (llm) return llm.operation === 'count_tokens';
  return plan!.kind === 'per_token' && READ_ONLY.has(method);
}

async function setAside(call: Call, amountNanos: bigint): Promise<void> {
  const service = call.service!;
  const principal = call.principal!;
  const startedAt = performance.now();
  const held = await call.parts.holder.hold({
    organizationId: principal.organizationId,
    requestId: call.id,
    amountNanos,
    ttlSeconds: Math.ceil(longestMs(call) / 1_000) + HOLD_GRACE_SECONDS,
    call: {
      seller_organization_id: service.organizationId,
      service_id: service.id,
      plan_id: call.plan!.id,
      price_version_id: call.price!.id,
      subscription_id: call.subscription!.id,
      key_id: principal.keyId,
      method: call.method,
      ...(call.model !== null && { model: call.model }),
    },
  });
  if (!held) {
    throw new AppError(
      'insufficient_balance',
      `This call may cost up to ${toDecimal(amountNanos)}; the wallet has less.`,
      {
        details: { required: toDecimal(amountNanos), top_up_url: `${call.parts.publicUrl}/buyer/wallet` },
      },
    );
  }
  call.holdMs = performance.now() - startedAt;
  call.heldNanos = amountNanos;
  call.admitted = true;
}

/** The first attempt sets the clock for all of them, and it may be any upstream's. */
function longestMs({ service, fallbacks, websocket, parts }: Call): number {
  if (websocket) return parts.limits.websocketMaxMs;
  const upstreams = [service!, ...fallbacks.map((target) => target.service)].flatMap((one) => one.upstreams);
  return Math.max(0, ...upstreams.map(({ totalTimeoutMs }) => totalTimeoutMs));
}
