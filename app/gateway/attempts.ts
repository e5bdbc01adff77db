/** When a failed attempt is made again, and what is remembered of it. */
import type { Call } from './call.ts';
import { speaksSame } from './dialects/index.ts';
import { asIfLeft } from './pool/health.ts';
import type { Verdict } from './pool/verdict.ts';
import { limitsOf } from './routing/candidate-queue.ts';
import type { Candidate } from './routing/candidate.ts';

/** How far an attempt had come when it failed. */
export type Progress =
  /** The upstream never got the request. */
  | 'unsent'
  /** It was sent; no answer came. */
  | 'sent'
  /** The upstream refused it before doing anything: 401, 403, 407, 429. */
  | 'refused'
  /** The upstream answered that it failed. */
  | 'failed';

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/**
 * Takes one more attempt out of the budget when the request may be repeated and there is somewhere else
 * to go; `forwardAgain` must follow. Nothing of an answer has been sent to the caller.
 */
export function takeRetry(call: Call, candidate: Candidate, progress: Progress, verdict: Verdict): boolean {
  const { queue } = call;
  const { retries } = candidate.service.state;
  if (queue === null || call.closed || !mayRepeat(call, progress)) return false;
  const now = performance.now();
  if (now >= call.giveUpAt) return false;
  if (verdict.kind === 'failed') queue.putLast(candidate.upstream);
  queue.limitRetries(candidate.upstream.maxRetries);
  if (!asIfLeft(candidate, () => queue.hasNext()) || !retries.take(now)) return false;
  call.release.push(() => retries.giveBack());
  return true;
}

/** How undici and the system say that a connection is gone. */
const LOST: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * Takes one more attempt at the same place: the upstream may have closed a connection that was idle at the
 * moment when the call was sent over it. Once a call, and not where the seller wants no second tries.
 */
export function takeSecondTry(
  call: Call,
  { service, upstream, credential }: Candidate,
  progress: Progress,
  error: Error,
): boolean {
  const { retries } = service.state;
  if (!('code' in error && LOST.has(String(error.code)))) return false;
  if (call.closed || call.attempts > 1 || upstream.maxRetries === 0 || !mayRepeat(call, progress))
    return false;
  const now = performance.now();
  // What the credential may send is counted before it is sent.
  if (now >= call.giveUpAt || limitsOf(credential).length > 0 || !retries.take(now)) return false;
  call.release.push(() => retries.giveBack());
  return true;
}

function mayRepeat(call: Call, progress: Progress): boolean {
  const isWhole = call.llm !== null || call.body !== null || (!call.chunked && call.contentLength <= 0);
  // A body that streams can only be sent while nothing of it was read.
  if (!isWhole && call.requestBytes > 0) return false;
  if (progress === 'unsent' || progress === 'refused') return true;
  // A model that is asked twice answers twice, and changes nothing.
  return call.llm !== null || (isWhole && IDEMPOTENT.has(call.method));
}

/** What is not plain about a call, before it is sent; plain calls get no trace. */
export function traceWishes(call: Call, { service, upstream }: Candidate, dropped: readonly string[]): void {
  const { llm, endpoint, preferences } = call;
  if (preferences !== null) call.traced().strategy = preferences.sort ?? service.routingStrategy;
  if (endpoint !== null) call.traced().endpointId = endpoint.id;
  if (dropped.length > 0) call.traced().droppedParams = [...dropped];
  if (llm !== null && upstream.dialect !== 'raw' && !speaksSame(llm.dialect, upstream.dialect))
    call.traced().dialects = [llm.dialect, upstream.dialect];
  if (call.trace !== null) call.trace.path ??= call.restPath;
}

/** One attempt, for the explanation of the call. */
export function traceAttempt(
  call: Call,
  { service, upstream, credential, model }: Candidate,
  { status, failed, ms }: { status: number; failed: string | null; ms: number },
): void {
  const trace = call.traced();
  trace.attempts ??= [];
  trace.attempts.push({
    upstreamId: upstream.id,
    credentialId: credential.id || null,
    serviceId: service.id,
    ...(model !== null && { model }),
    ...(status > 0 && { status }),
    ...(failed !== null && { failed }),
    ms: Math.round(ms),
  });
}
