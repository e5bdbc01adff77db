import { AppError } from '../../lib/app-error.ts';
import { parseDecimal, type Nanos } from '../../lib/money.ts';
import type { Call } from '../call.ts';

/** What the caller wants of the route: header `x-tollgate-route` (JSON) or the body's `provider`. */
export interface RoutePreferences {
  /** Upstreams by name or id, tried first and in this order. */
  order: readonly string[];
  /** Nothing but these; null: all. */
  only: ReadonlySet<string> | null;
  ignore: ReadonlySet<string>;
  sort: 'price' | 'latency' | 'throughput' | null;
  /** Nanos per million tokens (or calls); null: any price. */
  maxPrice: { input: Nanos | null; output: Nanos | null; call: Nanos | null };
  /** False: no other upstream and no other model than the first. */
  allowFallbacks: boolean;
}

const HEADER = 'x-tollgate-route';
const MEMBER = 'provider';
const SORTS = ['price', 'latency', 'throughput'] as const;
const MAX_NAMES = 32;
const MAX_NAME_CHARS = 64;
const NO_MAX_PRICE = { input: null, output: null, call: null };
const MEMBERS: ReadonlySet<string> = new Set([
  'order',
  'only',
  'ignore',
  'sort',
  'max_price',
  'allow_fallbacks',
  'require_parameters',
]);
const PRICES: ReadonlySet<string> = new Set(['prompt', 'completion', 'request']);

/**
 * The caller's preferences; null when there are none, as in most calls.
 * @throws AppError `invalid_request` naming the field.
 */
export function routePreferences(call: Call): RoutePreferences | null {
  const header = call.request.headers[HEADER];
  if (header !== undefined) return parse(parseJson(header), HEADER);
  const member = call.llm?.members[MEMBER];
  return member === undefined || member === null ? null : parse(member, MEMBER);
}

function parseJson(header: string | string[]): unknown {
  try {
    return JSON.parse(String(header));
  } catch {
    throw invalid(HEADER, 'must be a JSON object');
  }
}

function parse(value: unknown, field: string): RoutePreferences {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(field, 'must be a JSON object');
  const members = value as Record<string, unknown>;
  assertKnown(members, MEMBERS, field);
  const only = names(members['only'], `${field}.only`);
  return {
    order: names(members['order'], `${field}.order`) ?? [],
    only: only && new Set(only),
    ignore: new Set(names(members['ignore'], `${field}.ignore`)),
    sort: sort(members['sort'], `${field}.sort`),
    maxPrice: maxPrice(members['max_price'], `${field}.max_price`),
    allowFallbacks: allowFallbacks(members['allow_fallbacks'], `${field}.allow_fallbacks`),
  };
}

/** A wish that is not understood must not pass for one that is kept: a ceiling, where data may go. */
function assertKnown(value: object, known: ReadonlySet<string>, field: string): void {
  const unknown = Object.keys(value).find((name) => !known.has(name));
  if (unknown !== undefined)
    throw invalid(
      `${field}.${unknown.slice(0, MAX_NAME_CHARS)}`,
      `is not known here; there is ${[...known].join(', ')}`,
    );
}

function names(value: unknown, field: string): string[] | null {
  if (value === undefined || value === null) return null;
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
  if (!isList || value.length > MAX_NAMES)
    throw invalid(field, `must be a list of at most ${MAX_NAMES} upstream names`);
  return value;
}

function sort(value: unknown, field: string): RoutePreferences['sort'] {
  if (value === undefined || value === null) return null;
  const known = SORTS.find((one) => one === value);
  if (known === undefined) throw invalid(field, `must be one of ${SORTS.join(', ')}`);
  return known;
}

/** Prices in the currency's units for a million tokens: `{ "prompt": 1, "completion": "2.5" }`. */
function maxPrice(value: unknown, field: string): RoutePreferences['maxPrice'] {
  if (value === undefined || value === null) return NO_MAX_PRICE;
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(field, 'must be a JSON object');
  assertKnown(value, PRICES, field);
  const { prompt, completion, request } = value as Record<string, unknown>;
  const call = price(request, `${field}.request`);
  return {
    input: price(prompt, `${field}.prompt`),
    output: price(completion, `${field}.completion`),
    // A price per call; unit prices are for a million.
    call: call === null ? null : call * 1_000_000n,
  };
}

function price(value: unknown, field: string): Nanos | null {
  if (value === undefined || value === null) return null;
  const nanos = typeof value === 'string' || typeof value === 'number' ? parseDecimal(`${value}`) : null;
  if (nanos === null || nanos < 0n) throw invalid(field, 'must be a price, as a number or a decimal string');
  return nanos;
}

function allowFallbacks(value: unknown, field: string): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'boolean') throw invalid(field, 'must be true or false');
  return value;
}

function invalid(field: string, must: string): AppError {
  return new AppError('invalid_request', `"${field}" ${must}.`, { issues: [{ field, reason: 'invalid' }] });
}
