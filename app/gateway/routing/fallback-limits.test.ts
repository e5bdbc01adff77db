import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryRateLimiter } from '../../infra/store/memory-rate-limiter.ts';
import type { CallLimits } from '../call-limits.ts';
import type { Call } from '../call.ts';
import { ConcurrencySlots } from '../concurrency.ts';
import { tokenTakesOf } from '../limit.ts';
import { FallbackLimits } from './fallback-limits.ts';

const MINUTE_MS = 60_000;
const NOW = 1_000_000;
const clock = { now: () => NOW, date: () => new Date(NOW) };
const limitOf = (key: string, limit: number) => ({ key, limit, windowMs: MINUTE_MS });

/** A plan with ceilings of its own, below those of the organization that every plan of a buyer shares. */
function limitsOf(plan: string, { requests = 10, tokens = 1_000, slots = 10 } = {}): CallLimits {
  return {
    plan: null,
    requests: [limitOf('org:o', 100), limitOf(`plan:${plan}`, requests)],
    tokens: [limitOf('org-tokens:o', 5_000), limitOf(`plan-tokens:${plan}`, tokens)],
    maxTokens: Math.min(5_000, tokens),
    slots: [
      { key: 'org:o', limit: 100 },
      { key: `plan:${plan}`, limit: slots },
    ],
    policy: '',
  };
}

let rateLimits: ReturnType<typeof createMemoryRateLimiter>;
let slots: ConcurrencySlots;
let call: Call;
let queue: FallbackLimits;

const used = (key: string): number => 1_000_000 - rateLimits.peek([limitOf(key, 1_000_000)]).remaining;
const isFull = (key: string, limit: number): boolean => {
  const full = slots.acquire([{ key, limit }]) !== null;
  if (!full) slots.release([{ key, limit }]);
  return full;
};

/** The call of a first plan that `limit` has let through. */
beforeEach(() => {
  rateLimits = createMemoryRateLimiter(clock);
  slots = new ConcurrencySlots(() => 1);
  const first = limitsOf('first');
  call = {
    parts: { store: { rateLimits }, slots, clock },
    llm: {
      operation: 'embeddings',
      facts: { choices: 1, textBytes: 0, images: 0 },
      added: { maxOutputTokens: 0 },
    },
    limits: first,
    tokenTakes: null,
    usedTokens: 0,
    release: [],
  } as unknown as Call;
  rateLimits.take(first.requests);
  slots.acquire(first.slots);
  rateLimits.take(first.tokens, 40);
  tokenTakesOf(call).add(first.tokens, 40, NOW);
  queue = new FallbackLimits(call);
});

describe('the limits of a fallback', () => {
  it('are taken once, and tokens of the plan before go back', async () => {
    const second = limitsOf('second');
    expect(queue.covers(call.limits!)).toBe(true);
    expect(queue.covers(second)).toBe(false);
    expect(await queue.enter(second, [limitOf('cred:c:m', 5)])).toBeNull();
    expect(queue.covers(second)).toBe(true);
    expect(['org:o', 'plan:first', 'plan:second', 'cred:c:m'].map(used)).toEqual([1, 1, 1, 1]);
    expect([used('plan-tokens:first'), used('org-tokens:o')]).toEqual([0, 40]);
    expect(isFull('plan:second', 1)).toBe(true);
    call.onTokensUsed!(70);
    expect(['plan-tokens:first', 'plan-tokens:second', 'org-tokens:o'].map(used)).toEqual([0, 70, 70]);
    for (const release of call.release) release();
    expect(isFull('plan:second', 1)).toBe(false);
  });

  it('count for a second model of a plan only what it has beyond the first', async () => {
    const second = limitsOf('second');
    await queue.enter(second, []);
    await queue.enter({ ...second, requests: [...second.requests, limitOf('model:m', 3)] }, []);
    expect(['org:o', 'plan:second', 'model:m'].map(used)).toEqual([1, 1, 1]);
  });

  it('take tokens again when the call comes back to a plan that got them back', async () => {
    await queue.enter(limitsOf('second'), []);
    await queue.enter(limitsOf('first'), []);
    call.onTokensUsed!(30);
    expect(['plan-tokens:first', 'plan-tokens:second', 'org-tokens:o'].map(used)).toEqual([30, 0, 30]);
  });

  it.each([
    ['requests', { requests: 1 }],
    ['slots', { slots: 1 }],
  ])('take nothing when %s are used up', async (_kind, ceilings) => {
    const second = limitsOf('second', ceilings);
    const { requests, slots: atOnce } = second;
    rateLimits.take([requests[1]!]);
    if ('slots' in ceilings) slots.acquire([atOnce[1]!]);
    const spent = used('plan:second');
    const wait = await queue.enter(second, [limitOf('cred:c:m', 5)]);
    expect(wait).toBeGreaterThan(0);
    expect(queue.covers(second)).toBe(false);
    expect([used('cred:c:m'), used('plan:second'), used('plan-tokens:second')]).toEqual([0, spent, 0]);
    expect(used('plan-tokens:first')).toBe(40);
    if (!('slots' in ceilings)) expect(isFull('plan:second', 1)).toBe(false);
  });

  it('take nothing when tokens are used up', async () => {
    const second = limitsOf('second', { tokens: 5 });
    rateLimits.take([second.tokens[1]!], 5);
    call.llm!.facts.textBytes = 400;
    expect(await queue.enter(second, [])).toBeGreaterThan(0);
    expect([used('plan:second'), used('plan-tokens:second'), used('org-tokens:o')]).toEqual([0, 5, 40]);
    expect(isFull('plan:second', 1)).toBe(false);
  });
});
