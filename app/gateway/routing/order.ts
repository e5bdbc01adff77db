import type { RoutingStrategy } from '../../lib/service-options.ts';
import type { Candidate } from './candidate.ts';
import type { RoutePreferences } from './preferences.ts';
import { hashFraction } from './sticky.ts';

export interface OrderOptions {
  strategy: RoutingStrategy;
  preferences: RoutePreferences | null;
  /** Calls with the same key prefer the same candidates. */
  sticky: string | null;
  /** For the round robin: how many calls went before. */
  turn: number;
  nowMs: number;
}

/** Up to this factor slower a conversation stays where its prompts are cached. */
const STICKY_SLACK = 2;

interface Ranked {
  candidate: Candidate;
  /** Lower tiers go first; within one the lower rank, then chance or stickiness. */
  tier: number;
  rank: number | bigint;
  chance: number;
}

/** The candidates in the order in which they are tried. */
export function orderCandidates(candidates: readonly Candidate[], options: OrderOptions): Candidate[] {
  const ranking = { ...options, quickestMs: options.sticky === null ? 0 : quickestOf(candidates, options) };
  return candidates
    .map((candidate, index) => rank(candidate, index, candidates.length, ranking))
    .sort((a, b) => a.tier - b.tier || compare(a.rank, b.rank) || a.chance - b.chance)
    .map(({ candidate }) => candidate);
}

interface RankOptions extends OrderOptions {
  /** 0: conversations do not matter, or nothing was measured. */
  quickestMs: number;
}

function quickestOf(candidates: readonly Candidate[], { nowMs }: OrderOptions): number {
  const known = candidates.map(({ upstream }) => upstream.state.firstByteMs.median(nowMs) ?? Infinity);
  const quickest = Math.min(...known);
  return quickest === Infinity ? 0 : quickest;
}

function rank(candidate: Candidate, index: number, count: number, options: RankOptions): Ranked {
  const { strategy, preferences, sticky, turn } = options;
  const { order, sort } = preferences ?? { order: [], sort: null };
  const wish = order.findIndex((name) => isNamed(candidate, name));
  const isPlain = sort === null && strategy === 'priority';
  const share = candidate.weight;
  // Weighted rendezvous hashing when sticky, a weighted draw when not: the same formula.
  const draw = sticky === null ? Math.random() : hashFraction(`${sticky} ${candidate.key}`);
  return {
    candidate,
    // What the caller lists goes first; priorities are whole numbers of at most nine digits.
    tier: wish !== -1 ? wish - 1e12 : isPlain ? candidate.upstream.priority : 0,
    rank: sort !== null ? rankBySort(candidate, sort, options) : rankByStrategy(candidate, options),
    chance:
      strategy === 'round_robin' && sticky === null && sort === null
        ? (index - (turn % count) + count) % count
        : -Math.log(draw || Number.MIN_VALUE) / share,
  };
}

function rankByStrategy(candidate: Candidate, options: RankOptions): number | bigint {
  const { strategy, nowMs, quickestMs } = options;
  if (strategy === 'least_latency') {
    const latencyMs = rankBySort(candidate, 'latency', { nowMs });
    return latencyMs <= quickestMs * STICKY_SLACK ? 0 : latencyMs;
  }
  return strategy === 'least_cost' ? rankBySort(candidate, 'price', { nowMs }) : 0;
}

/**
 * What is not known of an upstream is found out by trying it: it goes first, but by one call at a time, as
 * it may be hanging. An unknown price goes last.
 */
function rankBySort(
  { upstream }: Candidate,
  sort: NonNullable<RoutePreferences['sort']>,
  { nowMs }: Pick<OrderOptions, 'nowMs'>,
): number | bigint {
  if (sort === 'price') return upstream.costNanosPerMillion ?? Infinity;
  const { firstByteMs, tokensPerSecond, inFlight } = upstream.state;
  const isTried = inFlight > 0;
  if (sort === 'latency') return firstByteMs.median(nowMs) ?? (isTried ? Infinity : 0);
  return -(tokensPerSecond.median(nowMs) ?? (isTried ? 0 : Infinity));
}

/** True when the caller means this candidate's upstream: by its name, its id or its service. */
export function isNamed({ upstream, service }: Candidate, name: string): boolean {
  return upstream.name === name || upstream.id === name || service.slug === name;
}

function compare(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
