import { LIMIT_WINDOW_MS, DAY_WINDOW_MS, type GatewayLimits } from './limits.ts';
import type { ConcurrencyLimit } from './concurrency.ts';
import type { RateLimit } from '../infra/store/store.ts';
import { matchesGlob } from '../lib/glob.ts';
import type { CompiledPlan, KnownPrincipal } from './snapshot.ts';

/** What ceilings are made of. */
export type LimitedPrincipal = Pick<
  KnownPrincipal,
  | 'organizationId'
  | 'organizationRequestsPerMinute'
  | 'organizationRequestsPerDay'
  | 'organizationTokensPerMinute'
  | 'organizationTokensPerDay'
  | 'organizationMaxConcurrency'
  | 'keyId'
  | 'keyRequestsPerMinute'
  | 'keyRequestsPerDay'
  | 'keyTokensPerMinute'
  | 'keyTokensPerDay'
  | 'keyMaxConcurrency'
>;
export type LimitedPlan = Pick<
  CompiledPlan,
  | 'id'
  | 'requestsPerMinute'
  | 'requestsPerDay'
  | 'tokensPerMinute'
  | 'tokensPerDay'
  | 'maxConcurrency'
  | 'modelLimits'
>;

/** Every ceiling that a key's calls on a plan are held to. */
export interface CallLimits {
  plan: LimitedPlan | null;
  requests: readonly RateLimit[];
  /** Empty: tokens are not counted. */
  tokens: readonly RateLimit[];
  /** An estimate above this could never be taken. */
  maxTokens: number;
  slots: readonly ConcurrencyLimit[];
  /** Value of `RateLimit-Policy`. */
  policy: string;
}

/**
 * Callers can use up patterns only, never names, so what is remembered is bounded.
 * @param plan null: not known yet, and with it not whether it has a ceiling in place of the usual one of keys.
 */
export function limitsOf(
  principal: KnownPrincipal,
  plan: CompiledPlan | null,
  model: string | null,
  defaults: GatewayLimits,
): CallLimits {
  const modelLimit = findModelLimit(plan, model);
  const id = plan === null ? '' : modelLimit === -1 ? plan.id : `${plan.id} ${modelLimit}`;
  const known = principal.limitsByPlan.get(id);
  // A plan that was read anew may have other ceilings.
  if (known?.plan === plan) return known;
  const made = makeLimits(principal, plan, modelLimit, defaults);
  principal.limitsByPlan.set(id, made);
  return made;
}

/** The same for who is no caller now. */
export function ceilingsOf(
  principal: LimitedPrincipal,
  plan: LimitedPlan,
  model: string | null,
  defaults: GatewayLimits,
): CallLimits {
  return makeLimits(principal, plan, findModelLimit(plan, model), defaults);
}

/** The first pattern that the model matches holds; -1: none. */
function findModelLimit(plan: LimitedPlan | null, model: string | null): number {
  if (plan === null || model === null || plan.modelLimits.length === 0) return -1;
  return plan.modelLimits.findIndex((limit) => matchesGlob(limit.model, model));
}

/** The part of a limit's key before the first colon is its name in headers and messages. */
function makeLimits(
  principal: LimitedPrincipal,
  plan: LimitedPlan | null,
  modelLimit: number,
  defaults: GatewayLimits,
): CallLimits {
  const requests: RateLimit[] = [];
  const tokens: RateLimit[] = [];
  const slots: ConcurrencyLimit[] = [];
  const organization = principal.organizationId;
  const key = principal.keyId;
  add(
    requests,
    'org',
    organization,
    principal.organizationRequestsPerMinute ?? defaults.organizationRequestsPerMinute,
  );
  addDay(requests, 'org', organization, principal.organizationRequestsPerDay);
  add(tokens, 'org-tokens', organization, principal.organizationTokensPerMinute);
  addDay(tokens, 'org-tokens', organization, principal.organizationTokensPerDay);
  addSlots(slots, 'org', organization, principal.organizationMaxConcurrency);

  const usual = plan !== null && plan.requestsPerMinute === null ? defaults.keyRequestsPerMinute : null;
  add(requests, 'key', key, principal.keyRequestsPerMinute ?? usual);
  addDay(requests, 'key', key, principal.keyRequestsPerDay);
  add(tokens, 'key-tokens', key, principal.keyTokensPerMinute);
  addDay(tokens, 'key-tokens', key, principal.keyTokensPerDay);
  addSlots(slots, 'key', key, principal.keyMaxConcurrency);

  if (plan !== null) {
    // Of the buyer: more keys, or a new one, are not more calls.
    const onPlan = `${organization}:${plan.id}`;
    add(requests, 'plan', onPlan, plan.requestsPerMinute);
    addDay(requests, 'plan', onPlan, plan.requestsPerDay);
    add(tokens, 'plan-tokens', onPlan, plan.tokensPerMinute);
    addDay(tokens, 'plan-tokens', onPlan, plan.tokensPerDay);
    addSlots(slots, 'plan', onPlan, plan.maxConcurrency);
    const ofModel = plan.modelLimits[modelLimit];
    if (ofModel) {
      add(requests, 'model', `${onPlan}:${ofModel.model}`, ofModel.requestsPerMinute);
      add(tokens, 'model-tokens', `${onPlan}:${ofModel.model}`, ofModel.tokensPerMinute);
    }
  }
  return {
    plan,
    requests,
    tokens,
    maxTokens: Math.min(...tokens.map(({ limit }) => limit)),
    slots,
    policy: [...requests, ...tokens].map(policyOf).join(', '),
  };
}

function add(limits: RateLimit[], name: string, id: string, limit: number | null | undefined): void {
  if (limit != null) limits.push({ key: `${name}:${id}`, limit, windowMs: LIMIT_WINDOW_MS });
}

function addDay(limits: RateLimit[], name: string, id: string, limit: number | null): void {
  if (limit !== null) limits.push({ key: `${name}-day:${id}`, limit, windowMs: DAY_WINDOW_MS });
}

function addSlots(slots: ConcurrencyLimit[], name: string, id: string, limit: number | null): void {
  if (limit !== null) slots.push({ key: `${name}:${id}`, limit });
}

/** The limit's name in headers: `plan`, `org-tokens-day`, … */
export function nameOf({ key }: Pick<RateLimit, 'key'>): string {
  return key.slice(0, key.indexOf(':'));
}

/** One item of `RateLimit-Policy`. */
export function policyOf(limit: RateLimit): string {
  return `"${nameOf(limit)}";q=${limit.limit};w=${limit.windowMs / 1_000}`;
}
