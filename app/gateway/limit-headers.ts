import type { RateLimitDecision } from '../infra/store/store.ts';
import { nameOf, policyOf } from './call-limits.ts';
import type { Call } from './call.ts';

/**
 * What is left of the call's limits: `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-10), OpenAI's names, and Anthropic's for who speaks that.
 */
export function appendLimitHeaders(call: Call, into: string[]): void {
  const { rateLimit, tokenLimit } = call;
  if (rateLimit === null) return;
  const requests = itemOf(rateLimit);
  into.push(
    'ratelimit-policy',
    call.limits === null ? policyOf(rateLimit.limit) : call.limits.policy,
    'ratelimit',
    tokenLimit === null ? requests : `${requests}, ${itemOf(tokenLimit)}`,
  );
  const nowMs = isAnthropic(call) ? call.parts.clock.now() : null;
  append('requests', rateLimit, nowMs, into);
  if (tokenLimit !== null) append('tokens', tokenLimit, nowMs, into);
}

function isAnthropic(call: Call): boolean {
  return (call.llm?.dialect ?? call.doorDialect) === 'anthropic';
}

function itemOf(decision: RateLimitDecision): string {
  return `"${nameOf(decision.limit)}";r=${remainingOf(decision)};t=${Math.ceil(decision.resetMs / 1_000)}`;
}

function remainingOf({ remaining }: RateLimitDecision): number {
  return Math.max(0, Math.floor(remaining));
}

function append(
  units: 'requests' | 'tokens',
  decision: RateLimitDecision,
  anthropicNowMs: number | null,
  into: string[],
): void {
  const { limit, resetMs } = decision;
  const remaining = remainingOf(decision);
  into.push(
    `x-ratelimit-limit-${units}`,
    `${limit.limit}`,
    `x-ratelimit-remaining-${units}`,
    `${remaining}`,
    `x-ratelimit-reset-${units}`,
    `${Math.ceil(resetMs / 1_000)}s`,
  );
  if (anthropicNowMs === null) return;
  const resetsAt = new Date(anthropicNowMs + resetMs).toISOString();
  into.push(
    `anthropic-ratelimit-${units}-limit`,
    `${limit.limit}`,
    `anthropic-ratelimit-${units}-remaining`,
    `${remaining}`,
    `anthropic-ratelimit-${units}-reset`,
    `${resetsAt.slice(0, 19)}Z`,
  );
}
