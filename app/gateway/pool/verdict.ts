/** What an upstream's answer says about the credential and the upstream that gave it. */
import type { AnswerHeaders } from '../response-headers.ts';
import type { CompiledService } from '../snapshot.ts';

export type Verdict =
  /** The upstream works: an answer, or a refusal of what this caller asked for. */
  | { kind: 'fine' }
  /** The credential was refused. */
  | { kind: 'refused' }
  /** The credential is used up for a while, for the model that was asked for or for every call. */
  | { kind: 'exhausted'; untilMs: number; of: 'model' | 'all' }
  /** The upstream is not well. */
  | { kind: 'failed' };

const FINE: Verdict = { kind: 'fine' };
const FAILED: Verdict = { kind: 'failed' };
const REFUSED: Verdict = { kind: 'refused' };

/** For a 429 that does not say until when. */
const DEFAULT_COOLING_MS = 5_000;
const DAY_MS = 86_400_000;
/** Nothing cools longer: a seller's new month is not worth more than a look a day. */
const MAX_COOLING_MS = DAY_MS;

/** Bodies of 403 that are about where the call came from, which another credential does not change. */
const ABOUT_REGION: readonly RegExp[] = [
  /unsupported_(?:country|region)/i,
  /(?:country|region|territory|location)\W+(?:is\W+)?(?:not |un)(?:supported|available|allowed)/i,
  /(?:not |un)(?:supported|available|allowed) (?:in|from) (?:your|this) (?:country|region|location)/i,
];
/** Bodies of 429 whose quota comes back when the day is over. */
const DAILY: readonly RegExp[] = [
  /insufficient_quota/i,
  /(?:requests?|tokens?|calls?|models?|images?|quota|limit)[ _-]?per[ _-]?day/i,
  /daily (?:\w+ )?(?:limit|quota|allowance)/i,
];
/** Google's 400 for a key that is none, or has ended. A caller's own words do not stand in this member. */
const BAD_KEY = /"reason"\s*:\s*"API_KEY_INVALID"/;
/**
 * How vendors of models say that the account behind a credential has no money. They begin members of the answer,
 * where a caller's own words do not stand.
 */
const NO_BALANCE: readonly RegExp[] = [
  /"(?:code|type|reason)"\s*:\s*"(?:insufficient_(?:quota|user_quota|balance)|billing_(?:hard_limit_reached|not_active|disabled)|not_enough_balance|arrearage|accountoverdueerror)"/i,
  /"message"\s*:\s*"(?:your credit balance is too low|(?:sorry, )?your account balance is insufficient)/i,
];
/** OpenRouter's 402 for a request that may cost more than is left: smaller ones can still be paid. */
const TOO_DEAR = /requires more credits, or fewer max_tokens/;
const RETRY_DELAY = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/;

/** Whose answer it is. */
export type Kind = CompiledService['kind'];

export interface JudgedAnswer {
  status: number;
  headers: AnswerHeaders;
  /** The beginning, for those statuses of which it says more. */
  body: string;
}

/** @param nowMs milliseconds since the epoch. */
export function judgeAnswer(kind: Kind, { status, headers, body }: JudgedAnswer, nowMs: number): Verdict {
  if (kind === 'llm' && isWithoutBalance(status, body)) {
    const untilMs =
      readRetryAfter(headers, nowMs) ?? (TOO_DEAR.test(body) ? nowMs + DEFAULT_COOLING_MS : endOfDay(nowMs));
    return { kind: 'exhausted', untilMs: Math.min(untilMs, nowMs + MAX_COOLING_MS), of: 'all' };
  }
  if (status === 403 && ABOUT_REGION.some((words) => words.test(body))) return FAILED;
  if (status === 401 || status === 403 || status === 407) return REFUSED;
  if (status === 400 && BAD_KEY.test(body)) return REFUSED;
  if (status === 429) {
    const untilMs = Math.min(coolingUntil(headers, body, nowMs), nowMs + MAX_COOLING_MS);
    // Vendors of models count each model for itself. An account without money is none for any of them.
    const of = kind === 'llm' && !hasNoBalance(body) ? 'model' : 'all';
    return { kind: 'exhausted', untilMs, of };
  }
  return status >= 500 ? FAILED : FINE;
}

/** The seller's account at a vendor of models; of a REST service any path may want to be paid. */
function isWithoutBalance(status: number, body: string): boolean {
  if (status === 402) return true;
  return (status === 400 || status === 403) && hasNoBalance(body);
}

function hasNoBalance(body: string): boolean {
  return NO_BALANCE.some((words) => words.test(body));
}

/** Those of which the body says more than the status. */
export function isWorthReading(kind: Kind, status: number): boolean {
  return status === 403 || status === 429 || (status === 402 && kind === 'llm');
}

/** Those whose credential is marked when the body is known, which may say something else. */
export function isMarkedByBody(status: number): boolean {
  return status === 402 || status === 403;
}

/** Those of which the status says nothing before the body is read. */
export function isDecidedByBody(kind: Kind, status: number): boolean {
  return status === 400 && kind === 'llm';
}

function endOfDay(nowMs: number): number {
  return (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
}

function coolingUntil(headers: AnswerHeaders, body: string, nowMs: number): number {
  const retryAfter = readRetryAfter(headers, nowMs) ?? readResets(headers, nowMs);
  if (retryAfter !== null) return retryAfter;
  const delay = RETRY_DELAY.exec(body)?.[1];
  if (DAILY.some((words) => words.test(body))) return endOfDay(nowMs);
  return nowMs + (delay === undefined ? DEFAULT_COOLING_MS : Number(delay) * 1_000);
}

/** `Retry-After` in seconds or as a date, or OpenAI's `retry-after-ms`. */
function readRetryAfter(headers: AnswerHeaders, nowMs: number): number | null {
  const ms = textOf(headers['retry-after-ms']);
  if (/^\d+(\.\d+)?$/.test(ms)) return nowMs + Number(ms);
  const value = textOf(headers['retry-after']);
  if (/^\d+(\.\d+)?$/.test(value)) return nowMs + Number(value) * 1_000;
  const date = value === '' ? NaN : Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(date, nowMs);
}

const RESET = /^(?:x-ratelimit-reset|x-ratelimit-reset-|ratelimit-reset|anthropic-ratelimit-.*-reset$)/;

/** The latest reset among the limits that are used up; of those without a count, the latest of all. */
function readResets(headers: AnswerHeaders, nowMs: number): number | null {
  let latest: number | null = null;
  for (const name in headers) {
    if (!RESET.test(name)) continue;
    const remaining = textOf(headers[name.replace('reset', 'remaining')]);
    if (remaining !== '' && Number(remaining) > 0) continue;
    const at = readMoment(textOf(headers[name]), nowMs);
    if (at !== null && (latest === null || at > latest)) latest = at;
  }
  return latest;
}

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** Seconds from now, seconds or milliseconds since the epoch, `6m0s`, or a date. */
function readMoment(value: string, nowMs: number): number | null {
  if (value === '') return null;
  if (/^\d+(\.\d+)?$/.test(value)) {
    const count = Number(value);
    if (count > 1e12) return count;
    return count > 1e9 ? count * 1_000 : nowMs + count * 1_000;
  }
  const [matched, days, hours, minutes, seconds, ms] = DURATION.exec(value) ?? [];
  if (matched !== undefined) {
    const total = ((+(days ?? 0) * 24 + +(hours ?? 0)) * 60 + +(minutes ?? 0)) * 60 + +(seconds ?? 0);
    return nowMs + total * 1_000 + +(ms ?? 0);
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date;
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}
