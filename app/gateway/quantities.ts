/** Units of a call by meter: the most it may come to, what its hold covers first, and what was used. */
import {
  priceAtMost,
  priceQuantities,
  sumLines,
  type Positions,
  type Quantities,
} from '../domain/metering/index.ts';
import type { CompiledPrice } from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import type { Call } from './call.ts';
import {
  credibleInputTokens,
  credibleOutputTokens,
  heldAddedTokens,
  heldInputTokens,
  heldOutputTokens,
} from './llm/estimate-tokens.ts';
import type { Target } from './routing/target.ts';
import type { CountedTokens, Outcome } from './settle.ts';

/**
 * Output that money is set aside for before a stream begins; more follows while it runs. About a page:
 * most answers end within it, and a caller who allows for 64 000 tokens and uses a few hundred does not
 * keep others of the same wallet from being served.
 */
const FIRST_OUTPUT_TOKENS = 1_024;
/** The same of bytes and time, which nobody knows before the answer. */
const FIRST_RESPONSE_BYTES = 1024 * 1024;
const FIRST_REQUEST_BYTES = 1024 * 1024;
const FIRST_MS = 60_000;

/** What is set aside for a call before it is made. */
export function firstCover(call: Call, { added }: Pick<Target, 'added'>): Quantities {
  const cover: Quantities = {
    call: 1,
    request_byte: call.contentLength >= 0 ? call.contentLength : call.chunked ? FIRST_REQUEST_BYTES : 0,
    response_byte: FIRST_RESPONSE_BYTES,
    millisecond: call.websocket ? call.parts.limits.websocketMaxMs : FIRST_MS,
  };
  if (call.llm === null) return cover;
  const there = { ...call.llm, added: added! };
  const output = heldOutputTokens(there);
  return {
    ...cover,
    request_byte: call.requestBytes,
    input_token: heldInputTokens(there.facts) + heldAddedTokens(there),
    output_token: streams(call) ? Math.min(output, FIRST_OUTPUT_TOKENS) : output,
  };
}

/** Its answer is paid for while it runs. */
export function streams({ llm }: Call): boolean {
  return llm !== null && llm.operation === 'generate' && llm.stream;
}

/** The most that the call may cost there before more is set aside. */
export function coverCost(call: Call, target: Pick<Target, 'price' | 'charges' | 'model' | 'added'>): Nanos {
  if (!target.charges) return 0n;
  return mostOf(target.price.price, target.model, firstCover(call, target));
}

/** As if the period's quotas were used up. */
export function mostOf(price: CompiledPrice, model: string | null, quantities: Quantities): Nanos {
  return sumLines(priceAtMost(price, { model, quantities, positions: withoutQuota(price) }) ?? []);
}

function withoutQuota(price: CompiledPrice): Positions {
  const positions: Positions = {};
  for (const { meter, includedUnits } of price.quotas.values())
    positions[meter] = { usedUnits: includedUnits, quotaUnits: includedUnits };
  return positions;
}

/** What is paid for of a call that ended so. */
export function usedQuantities(call: Call, { billable, tokens, responseBytes }: Outcome): Quantities {
  if (billable === 'nothing') return {};
  const parts = { response_byte: responseBytes, ...(tokens && tokenQuantities(tokens)) };
  if (billable === 'parts') return parts;
  return { call: 1, request_byte: call.requestBytes, millisecond: call.totalMs, ...parts };
}

/** Cached, written and reasoning tokens are parts of what upstreams state; meters are disjoint. */
function tokenQuantities(tokens: CountedTokens): Quantities {
  const cached = Math.min(tokens.cachedInputTokens ?? 0, tokens.input);
  const written = Math.min(tokens.cacheWriteTokens ?? 0, tokens.input - cached);
  const reasoning = Math.min(tokens.reasoningTokens ?? 0, tokens.output);
  return {
    input_token: tokens.input - cached - written,
    cached_input_token: cached,
    cache_write_token: written,
    output_token: tokens.output - reasoning,
    reasoning_token: reasoning,
  };
}

const INPUT = ['input_token', 'cache_write_token', 'cached_input_token'] as const;
const OUTPUT = ['output_token', 'reasoning_token'] as const;

/**
 * What is used, as far as it can be believed: an upstream's word about tokens goes no further than what
 * the caller has asked for or has got.
 */
export function credibleQuantities(call: Call, used: Quantities, textBytes: number): Quantities {
  const { llm } = call;
  if (llm === null) return used;
  const credible = { ...used };
  clamp(credible, INPUT, credibleInputTokens(llm));
  clamp(credible, OUTPUT, credibleOutputTokens(textBytes, llm));
  return credible;
}

function clamp(quantities: Quantities, meters: readonly (keyof Quantities)[], most: number): void {
  let left = most;
  for (const meter of meters) {
    const units = Math.min(quantities[meter] ?? 0, left);
    quantities[meter] = units;
    left -= units;
  }
}

/** Lines of what was used, as if the period had just begun; null: nothing is charged. */
export function linesOf(call: Call, quantities: Quantities) {
  if (!call.charges) return null;
  return priceQuantities(call.price!.price, { model: call.model, quantities });
}
