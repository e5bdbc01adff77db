import type { PlanKind } from '../../db/schema/index.ts';
import {
  isCharged,
  isPriceMissing,
  type HoldMode,
  type HoldRequest,
  type Quantities,
} from '../domain/metering/index.ts';
import { AppError } from '../lib/app-error.ts';
import type { Nanos } from '../lib/money.ts';
import type { Call } from './call.ts';
import { refusedHold } from './hold-refusal.ts';
import { coverCost, firstCover } from './quantities.ts';
import { primaryTarget } from './routing/target.ts';

/** A hold outlives the longest call by this much; then its process is taken for dead. */
const HOLD_GRACE_SECONDS = 60;
const READ_ONLY = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Presets that promise a price per use: a version without one is a mistake, not a gift. */
const PRICED_KINDS: ReadonlySet<PlanKind> = new Set(['per_call', 'per_token', 'tiered']);

/**
 * Sets aside what the call may cost at first, whichever model answers it in the end, and units of
 * quotas. Calls without a price skip the hold, not the usage event; a priced one whose price is missing is
 * refused here.
 */
export function hold(call: Call): void | Promise<void> {
  const { price } = call.price!;
  call.charges = price.meters.size > 0 && call.llm?.operation !== 'count_tokens';
  if (!call.charges && PRICED_KINDS.has(call.plan!.kind) && price.meters.size === 0) throw priceMissing(call);
  const target = primaryTarget(call);
  call.cover = firstCover(call, target);
  if (call.charges) {
    const generates = call.llm === null && call.storedResponseId === null && !READ_ONLY.has(call.method);
    const isUnread = price.pricesTokens && generates;
    if (isUnread || isPriceMissing(price, call.model)) throw priceMissing(call);
    // Reading (`GET /models`) generates nothing where tokens cost.
    call.charges = isCharged(price, call.model, call.cover);
  }
  const isCounted = call.charges && price.isCounted;
  let amountNanos = isCounted ? 0n : coverCost(call, { ...target, charges: call.charges });
  for (const fallback of call.fallbacks) {
    // Another model of a counted price may be paid by its quota; what is dearer of it is topped up.
    if (isCounted && fallback.subscription.id === call.subscription!.id) continue;
    const cost = coverCost(call, fallback);
    if (cost > amountNanos) amountNanos = cost;
  }
  if (amountNanos === 0n && !isCounted) {
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

async function setAside(call: Call, amountNanos: Nanos): Promise<void> {
  const startedAt = performance.now();
  const answer = await call.parts.teller.hold(requestHold(call, 'new', amountNanos, call.cover));
  if (answer.refusal !== null) throw refusedHold(call, answer, amountNanos);
  call.holdMs = performance.now() - startedAt;
  call.held = true;
  call.heldNanos = answer.grantedNanos;
  call.heldQuota = answer.quota;
  call.heldSubscriptionId = call.subscription!.id;
  call.periodStart = answer.periodStart;
  call.admitted = true;
}

/**
 * Sets more aside for a call under way, or for one that has ended.
 * @param cover all that is to be paid for by then.
 * @returns why not; null when it is done.
 */
export async function holdMore(
  call: Call,
  mode: 'extend' | 'top_up',
  amountNanos: Nanos,
  cover: Quantities,
): Promise<AppError | null> {
  const answer = await call.parts.teller.hold(requestHold(call, mode, amountNanos, cover));
  if (answer.refusal !== null) return refusedHold(call, answer, amountNanos);
  call.heldNanos += answer.grantedNanos;
  for (const [meter, units] of Object.entries(answer.quota))
    call.heldQuota[meter] = (call.heldQuota[meter] ?? 0) + units;
  if (mode === 'extend') call.cover = cover;
  return null;
}

function requestHold(call: Call, mode: HoldMode, amountNanos: Nanos, quantities: Quantities): HoldRequest {
  const service = call.service!;
  const principal = call.principal!;
  const { price } = call.price!;
  return {
    organizationId: principal.organizationId,
    requestId: call.id,
    mode,
    amountNanos,
    ttlSeconds: Math.ceil(longestMs(call) / 1_000) + HOLD_GRACE_SECONDS,
    counted: countsItsUnits(call, mode)
      ? {
          price,
          model: call.model,
          quantities,
          has: mode === 'new' ? null : { amountNanos: call.heldNanos, quota: call.heldQuota },
        }
      : null,
    call: {
      seller_organization_id: service.organizationId,
      service_id: service.id,
      plan_id: call.plan!.id,
      price_version_id: call.price!.id,
      subscription_id: call.subscription!.id,
      key_id: principal.keyId,
      method: call.method,
      ...(call.model !== null && { model: call.model }),
      ...(principal.budgets.length > 0 && { budgets: principal.budgets.map(({ id }) => id) }),
    },
  };
}

/** A fallback may be another subscription's; units were set aside for the first one only. */
function countsItsUnits(call: Call, mode: HoldMode): boolean {
  if (!call.charges || !call.price!.price.isCounted) return false;
  return mode === 'new' || call.heldSubscriptionId === call.subscription!.id;
}

/** The first attempt sets the clock for all of them, and it may be any upstream's. */
function longestMs({ service, fallbacks, websocket, parts }: Call): number {
  if (websocket) return parts.limits.websocketMaxMs;
  const upstreams = [service!, ...fallbacks.map((target) => target.service)].flatMap((one) => one.upstreams);
  return Math.max(0, ...upstreams.map(({ totalTimeoutMs }) => totalTimeoutMs));
}
