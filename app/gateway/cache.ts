/**
 * Answers that were given before, or are being given to another call: no hold, no upstream, no charge.
 * Off unless the service allows it. Plain answers follow RFC 9111, LLM answers match exactly.
 */
import CachePolicy from 'http-cache-semantics';
import { AppError } from '../lib/app-error.ts';
import { answerKey, askedOfLlm, askedOfService, PUBLIC } from './answer-key.ts';
import type { AnswerCapture, CapturedAnswer } from './answers/answer-body.ts';
import { sendStored } from './answer-stored.ts';
import type { Call } from './call.ts';
import { namesStoredResponse } from './routing/response-makers.ts';
import { settle, undelivered } from './settle.ts';
import { packAnswer, unpackAnswer } from './stored-format.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_TTL_MS = 24 * 60 * 60 * 1_000;
const MAX_AGE = /^max-age=(\d{1,8})$/;

/** Part of the key, or about browsers, which get their answer from us. */
const SAFE_TO_VARY: ReadonlySet<string> = new Set(['', 'accept-encoding', 'origin']);

/** What service and caller agree on. */
interface Wish {
  reads: boolean;
  coalesces: boolean;
  maxAgeSeconds: number;
}

/** Stage before `hold`. @throws AppError `invalid_request` for a wish that cannot be read. */
export function answerFromCache(call: Call): void | Promise<void> {
  const service = call.service!;
  if (service.cacheMode === 'off' && !service.coalesce) return;
  const wish = wishOf(call);
  if (!isRepeatable(call) || !(wish.reads || wish.coalesces)) {
    if (service.cacheMode !== 'off') call.cache = 'bypass';
    return;
  }
  const isPublic = service.cachePublic && !isStoredByVendor(call);
  const tenant = isPublic ? PUBLIC : { organizationId: call.principal!.organizationId };
  const asked = call.llm ? askedOfLlm(call, call.llm) : askedOfService(call);
  const key = answerKey(tenant, service.id, asked);
  if (!wish.reads) return followOrLead(call, key, wish);
  const found = call.parts.store.blobs.get(key);
  if (found instanceof Promise) return found.then((packed) => answerOrAsk(call, key, wish, packed));
  return answerOrAsk(call, key, wish, found);
}

function wishOf(call: Call): Wish {
  const { cacheMode, coalesce } = call.service!;
  const said = call.speaksToUs ? call.request.headers['x-tollgate-cache'] : undefined;
  if (said === 'off') return { reads: false, coalesces: false, maxAgeSeconds: 0 };
  const [, seconds] = MAX_AGE.exec(typeof said === 'string' ? said : '') ?? [];
  if (said !== undefined && said !== 'on' && seconds === undefined) {
    throw new AppError('invalid_request', 'x-tollgate-cache is "on", "off" or "max-age=<seconds>".', {
      issues: [{ field: 'x-tollgate-cache', reason: 'invalid' }],
    });
  }
  return {
    reads: cacheMode === 'on' || (cacheMode === 'opt_in' && said !== undefined),
    coalesces: coalesce,
    maxAgeSeconds: seconds === undefined ? Infinity : Number(seconds),
  };
}

/** Its answer names a response that belongs to one organization. */
function isStoredByVendor({ llm }: Call): boolean {
  return llm?.dialect === 'openai-responses' && llm.isStored;
}

/** Conversations move on with every turn, stored responses are their owner's; conditions and ranges ask for something else than the answer. */
function isRepeatable(call: Call): boolean {
  const { llm, method, request } = call;
  if (namesStoredResponse(call)) return false;
  if (llm) {
    const generates = llm.operation === 'generate' || llm.operation === 'embeddings';
    return generates && llm.history.length === 0 && call.trace?.conversation === undefined;
  }
  if ((method !== 'GET' && method !== 'HEAD') || call.contentLength > 0 || call.chunked) return false;
  const { headers } = request;
  return headers.range === undefined && !Object.keys(headers).some((name) => name.startsWith('if-'));
}

function answerOrAsk(call: Call, key: string, wish: Wish, packed: Buffer | null): void | Promise<void> {
  const stored = packed && unpackAnswer(packed);
  if (stored) {
    const policy = stored.policy && CachePolicy.fromObject(stored.policy);
    const seconds = policy ? policy.age() : (call.parts.clock.now() - stored.storedAtMs) / 1_000;
    const fresh = policy === null || policy.satisfiesWithoutRevalidation(requestOf(call));
    if (fresh && seconds <= wish.maxAgeSeconds) return hit(call, stored, seconds);
  }
  return followOrLead(call, key, wish);
}

function followOrLead(call: Call, key: string, wish: Wish): void | Promise<void> {
  if (!wish.coalesces) return miss(call, key, wish);
  const joined = call.parts.flights.join(key, MAX_BYTES, () => call.closed);
  if (!(joined instanceof Promise)) return lead(call, key, wish, joined);
  return joined.then((turn) => {
    if (turn === null) return miss(call, key, wish);
    if ('copy' in turn) return lead(call, key, wish, turn.copy);
    if (!isShareable(call, turn.answer)) return miss(call, key, wish);
    call.traced().coalesced = true;
    return hit(call, turn.answer, 0);
  });
}

/** Asks the upstream for others too. */
function lead(call: Call, key: string, wish: Wish, copy: AnswerCapture): void {
  call.captures.push(ofThisModel(call, copy));
  miss(call, key, wish);
}

function miss(call: Call, key: string, wish: Wish): void {
  if (!wish.reads) return;
  call.cache = 'miss';
  call.captures.push(call.llm ? ofThisModel(call, keepLlmAnswer(call, key)) : keepAnswer(call, key));
}

/** What a fallback answers is another model's, perhaps another seller's: not what the key stands for. */
function ofThisModel(call: Call, capture: AnswerCapture): AnswerCapture {
  const serviceId = call.service!.id;
  const model = call.llm?.upstreamModel;
  return {
    maxBytes: capture.maxBytes,
    onTooLong: () => capture.onTooLong?.(),
    onDiscard: (reason) => capture.onDiscard(reason),
    onComplete(answer) {
      if (call.service!.id === serviceId && call.llm?.upstreamModel === model)
        return capture.onComplete(answer);
      capture.onDiscard('failed');
    },
  };
}

/** Who waited for another's answer takes it when a cache might have kept it for both. */
function isShareable(call: Call, answer: CapturedAnswer): boolean {
  if (answer.status >= 400 || answer.setsCookie) return false;
  return call.llm !== null || (policyOf(requestOf(call), answer).storable() && !varies(answer));
}

/** The answer depends on more of the request than its key. */
function varies({ headers }: CapturedAnswer): boolean {
  const fields = asObject(headers)['vary']?.toLowerCase().split(',') ?? [];
  return fields.some((field) => !SAFE_TO_VARY.has(field.trim()));
}

/** Counted as a call that cost nothing, and kept for whoever wants a copy. */
async function hit(call: Call, answer: CapturedAnswer, seconds: number): Promise<void> {
  call.cache = 'hit';
  call.admitted = true;
  const { captures } = call;
  call.captures = [];
  for (const capture of captures) await capture.onComplete(answer);
  await settle(call, {
    ...undelivered(answer.status, 'complete', 'none', null),
    streamed: answer.isEventStream,
    responseBytes: call.method === 'HEAD' ? 0 : answer.body.length,
    firstByteMs: Math.round(call.elapsedMs()),
  });
  sendStored(call, answer, ['x-cache', 'HIT', 'age', `${Math.max(0, Math.floor(seconds))}`]);
}

/** An LLM's answer lives as long as the service says. */
function keepLlmAnswer({ parts, service }: Call, key: string): AnswerCapture {
  return {
    maxBytes: MAX_BYTES,
    onDiscard: () => {},
    onComplete(answer) {
      if (answer.status !== 200) return;
      const packed = packAnswer({ ...answer, storedAtMs: parts.clock.now(), policy: null });
      parts.store.blobs.set(key, packed, service!.cacheTtlSeconds * 1_000);
    },
  };
}

/** A plain answer lives as long as it says itself. */
function keepAnswer(call: Call, key: string): AnswerCapture {
  const { clock, store } = call.parts;
  const request = requestOf(call);
  return {
    maxBytes: MAX_BYTES,
    onDiscard: () => {},
    onComplete(answer) {
      if (answer.setsCookie) return;
      const policy = policyOf(request, answer);
      if (!policy.storable() || policy.timeToLive() <= 0) return;
      const packed = packAnswer({ ...answer, storedAtMs: clock.now(), policy: policy.toObject() });
      store.blobs.set(key, packed, Math.min(policy.timeToLive(), MAX_TTL_MS));
    },
  };
}

/** The request as the upstream sees it: our key is no part of it. */
function requestOf({ method, restPath, query, forwardHeaders }: Call): CachePolicy.HttpRequest {
  return { method, url: `${restPath}?${query}`, headers: asObject(forwardHeaders) };
}

function policyOf(request: CachePolicy.HttpRequest, { status, headers }: CapturedAnswer): CachePolicy {
  return new CachePolicy(request, { status, headers: asObject(headers) }, { shared: true });
}

function asObject(list: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i]!;
    headers[name] = headers[name] === undefined ? list[i + 1]! : `${headers[name]}, ${list[i + 1]!}`;
  }
  return headers;
}
