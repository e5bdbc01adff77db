import { setTimeout as sleep } from 'node:timers/promises';
import { getCall, type ExplainedCall } from '../domain/usage/index.ts';
import { hasErrorCode } from '../lib/app-error.ts';
import { toDecimal } from '../lib/money.ts';
import { ceilingsOf, nameOf as nameOfLimit } from './call-limits.ts';
import type { Call } from './call.ts';
import { keyContext } from './key-context.ts';
import type { GatewayLimits } from './limits.ts';
import { sendJson } from './send-json.ts';

/** Calls that cost nothing are written behind, so the one just made may take a moment to be there. */
const WRITTEN_WITHIN_MS = 500;
const LOOK_AGAIN_MS = 25;

/** `GET /v1/requests/:id`: what happened to a call of this organization, and what it cost. */
export async function answerRequest(call: Call): Promise<void> {
  const requestId = call.restPath.slice(call.restPath.lastIndexOf('/') + 1);
  sendJson(call, explanationOf(await findWritten(call, requestId), call.parts.limits));
}

async function findWritten(call: Call, requestId: string): Promise<ExplainedCall> {
  const deadline = performance.now() + WRITTEN_WITHIN_MS;
  for (;;) {
    try {
      return await getCall(keyContext(call), { perspective: 'buyer', requestId });
    } catch (error) {
      if (!hasErrorCode(error, 'not_found') || performance.now() > deadline || call.closed) throw error;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

function explanationOf(explained: ExplainedCall, defaults: GatewayLimits) {
  const trace = explained.trace ?? {};
  const nameOf = (id: string | null) => (id === null ? null : (explained.upstreamNames[id] ?? null));
  return {
    id: explained.requestId,
    object: 'request',
    created: explained.occurredAt,
    service: { id: explained.serviceId, slug: explained.serviceSlug, name: explained.serviceName },
    key: { id: explained.keyId, name: explained.keyName },
    subscription_id: explained.subscriptionId,
    method: explained.method,
    path: trace.path ?? null,
    status: explained.statusCode,
    state: explained.terminalState,
    /** Who failed: none, buyer, seller, platform. */
    fault: explained.fault,
    error_code: explained.errorCode,
    streamed: explained.streamed,
    model: {
      requested: trace.requestedModel ?? explained.model,
      priced: explained.model,
      served: explained.servedModel,
    },
    dialects: trace.dialects ? { caller: trace.dialects[0], upstream: trace.dialects[1] } : null,
    dropped_params: trace.droppedParams ?? [],
    routing: {
      strategy: trace.strategy ?? null,
      upstream: explained.upstreamId && { id: explained.upstreamId, name: nameOf(explained.upstreamId) },
      tries: explained.attempts,
      attempts: (trace.attempts ?? []).map((attempt) => ({
        upstream: { id: attempt.upstreamId, name: nameOf(attempt.upstreamId) },
        model: attempt.model ?? null,
        status: attempt.status ?? null,
        failed: attempt.failed ?? null,
        ms: attempt.ms,
      })),
      passed_over: (trace.passedOver ?? []).map(({ upstreamId, reason }) => ({
        upstream: { id: upstreamId, name: nameOf(upstreamId) },
        reason,
      })),
    },
    limits: limitsOf(explained, defaults),
    cache: explained.cache,
    coalesced: trace.coalesced ?? false,
    conversation: trace.conversation ?? null,
    usage: {
      input_tokens: explained.inputTokens,
      output_tokens: explained.outputTokens,
      cached_input_tokens: explained.cachedInputTokens,
      cache_write_tokens: explained.cacheWriteTokens,
      reasoning_tokens: explained.reasoningTokens,
      /** Who counted: the upstream, or we by estimate. */
      source: explained.usageSource,
      request_bytes: explained.requestBytes,
      response_bytes: explained.responseBytes,
    },
    timings: { first_byte_ms: explained.firstByteMs, total_ms: explained.totalMs },
    cost: {
      currency: explained.currency,
      plan: { id: explained.planId, name: explained.planName, kind: explained.planKind },
      price_version_id: explained.priceVersionId,
      lines: explained.lines.map(({ meter, model, quantity, included, nanosPerMillion, amountNanos }) => ({
        meter,
        ...(model !== null && { model }),
        quantity,
        ...(included > 0 && { included }),
        price_per_million: toDecimal(nanosPerMillion),
        amount: toDecimal(amountNanos),
      })),
      computed: toDecimal(explained.computedNanos),
      charged: toDecimal(explained.chargeNanos),
      /** Parts of the charge that promotional and invoiced credit paid. */
      promotional: toDecimal(explained.promoNanos),
      invoiced: toDecimal(explained.creditNanos),
      /** Why the charge is not what the lines add up to; null when it is. */
      difference: explained.chargeDifference,
    },
  };
}

/** What was noted of the limits at the call, then those that it was held to too, as they are now. */
function limitsOf(explained: ExplainedCall, defaults: GatewayLimits) {
  const noted = (explained.trace?.limits ?? []).map(({ windowSeconds, ...limit }) => ({
    ...limit,
    window_seconds: windowSeconds,
    recorded: true,
  }));
  if (explained.ceilings === null) return noted;
  const { organization, key, plan } = explained.ceilings;
  const principal = {
    organizationId: explained.organizationId,
    organizationRequestsPerMinute: organization.requestsPerMinute,
    organizationRequestsPerDay: organization.requestsPerDay,
    organizationTokensPerMinute: organization.tokensPerMinute,
    organizationTokensPerDay: organization.tokensPerDay,
    organizationMaxConcurrency: organization.maxConcurrency,
    keyId: explained.keyId,
    keyRequestsPerMinute: key.requestsPerMinute,
    keyRequestsPerDay: key.requestsPerDay,
    keyTokensPerMinute: key.tokensPerMinute,
    keyTokensPerDay: key.tokensPerDay,
    keyMaxConcurrency: key.maxConcurrency,
  };
  const { requests, tokens } = ceilingsOf(
    principal,
    { id: explained.planId, ...plan },
    explained.model,
    defaults,
  );
  const others = [...requests, ...(explained.model === null ? [] : tokens)]
    .map(({ limit, windowMs, ...rest }) => ({
      name: nameOfLimit(rest),
      limit,
      remaining: null,
      window_seconds: windowMs / 1_000,
      recorded: false,
    }))
    .filter(({ name }) => !noted.some((one) => one.name === name));
  return [...noted, ...others];
}
