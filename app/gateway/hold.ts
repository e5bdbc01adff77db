import { findUnitPrices, priceCall } from '../domain/metering/index.ts';
import { AppError } from '../lib/app-error.ts';
import { toDecimal } from '../lib/money.ts';
import type { Call } from './call.ts';
import { heldInputTokens, heldOutputTokens } from './llm/estimate-tokens.ts';

/** A hold outlives the longest call by this much; then its process is taken for dead. */
const HOLD_GRACE_SECONDS = 60;
const READ_ONLY = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Stage 5: sets aside the most the call may cost. Plans without a price per use skip the hold, not the
 * usage event; a priced call without a price is refused here.
 */
export function hold(call: Call): void | Promise<void> {
  const plan = call.plan!;
  if (plan.kind === 'free' || plan.kind === 'flat' || hasNoTokens(call)) {
    call.admitted = true;
    return;
  }
  const prices = findUnitPrices(call.price!.price, plan.kind, call.llm?.upstreamModel ?? null);
  if (prices === null || (plan.kind === 'per_token' && call.llm === null)) {
    throw new AppError(
      'price_missing',
      call.llm
        ? `There is no price for the model "${call.llm.upstreamModel}".`
        : 'This call has no price on this plan.',
    );
  }
  call.unitPrices = prices;
  const amountNanos = priceCall(prices, {
    calls: 1,
    inputTokens: call.llm ? heldInputTokens(call.llm.facts) : 0,
    outputTokens: call.llm ? heldOutputTokens(call.llm) : 0,
  });
  if (amountNanos === 0n) {
    call.admitted = true;
    return;
  }
  return setAside(call, amountNanos);
}

/** On a plan per token, reading (`GET /models`) generates nothing. */
function hasNoTokens(call: Call): boolean {
  return call.plan!.kind === 'per_token' && call.llm === null && READ_ONLY.has(call.method);
}

async function setAside(call: Call, amountNanos: bigint): Promise<void> {
  const service = call.service!;
  const principal = call.principal!;
  const startedAt = performance.now();
  const held = await call.parts.holder.hold({
    organizationId: principal.organizationId,
    requestId: call.id,
    amountNanos,
    ttlSeconds: Math.ceil((service.upstreams[0]?.totalTimeoutMs ?? 0) / 1_000) + HOLD_GRACE_SECONDS,
    call: {
      seller_organization_id: service.organizationId,
      service_id: service.id,
      plan_id: call.plan!.id,
      price_version_id: call.price!.id,
      subscription_id: call.subscription!.id,
      key_id: principal.keyId,
      method: call.method,
      ...(call.llm && { model: call.llm.upstreamModel }),
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
