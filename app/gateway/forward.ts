import type { Dispatcher } from 'undici';
import type { EgressPool } from '../infra/egress/egress.ts';
import { AppError, isAppError, type ErrorCode } from '../lib/app-error.ts';
import { traceWishes } from './attempts.ts';
import type { Call } from './call.ts';
import { poolFor } from './egress-routes.ts';
import { abandon, refuse } from './end-call.ts';
import { Exchange } from './exchange.ts';
import { removeHeader, removeVendorHeaders } from './headers.ts';
import { prepareAttempt, type PreparedAttempt } from './llm/prepare-attempt.ts';
import { scopedIdempotencyKey } from './idempotency.ts';
import { enterCandidate } from './pool/health.ts';
import { tooLarge } from './read-body.ts';
import { RequestBody } from './request-body.ts';
import type { Candidate } from './routing/candidate.ts';
import { buildTargetPath, joinVersion, withoutParameter } from './target-url.ts';

/** Stage: sends the call to its upstream and streams both ways; `Exchange` sees it through. */
export function forward(call: Call): void | Promise<void> {
  const now = performance.now();
  call.giveUpAt = now + call.upstream!.totalTimeoutMs;
  call.service!.state.retries.count(now);
  return sendTo(call, call.candidate!);
}

/** Sends a call again whose attempt failed before the caller had a byte; a candidate is known to be left. */
export function forwardAgain(call: Call): void {
  const proceed = (candidate: Candidate | null): void | Promise<void> => {
    if (call.closed) return abandon(call);
    if (candidate === null) throw call.queue!.refusal();
    return sendTo(call, candidate);
  };
  try {
    const taken = call.queue!.take();
    const sent = taken instanceof Promise ? taken.then(proceed) : proceed(taken);
    sent?.catch((error: unknown) => refuse(call, error));
  } catch (error) {
    refuse(call, error);
  }
}

/** Sends a call once more to where it went. */
export function sendAgain(call: Call, candidate: Candidate): void {
  try {
    sendTo(call, candidate)?.catch((error: unknown) => refuse(call, error));
  } catch (error) {
    refuse(call, error);
  }
}

/** A candidate that cannot take this request (a conversion, a size) is passed over while others are left. */
function sendTo(call: Call, candidate: Candidate): void | Promise<void> {
  try {
    const pool = poolFor(call.parts.egressRoutes, candidate.upstream);
    if (!(pool instanceof Promise)) return dispatch(call, candidate, pool);
    return pool
      .then((known) => (call.closed ? abandon(call) : dispatch(call, candidate, known)))
      .catch((error: unknown) => sendElsewhere(call, candidate, error));
  } catch (error) {
    return sendElsewhere(call, candidate, error);
  }
}

function sendElsewhere(call: Call, candidate: Candidate, error: unknown): void | Promise<void> {
  if (!isAppError(error) || call.queue === null) throw error;
  call.queue.passOver(candidate, PASSED_OVER[error.code] ?? 'conversion');
  const next = call.queue.take();
  if (next instanceof Promise) {
    return next.then((taken) => {
      if (call.closed) return abandon(call);
      if (taken === null) throw error;
      return sendTo(call, taken);
    });
  }
  if (next === null) throw error;
  return sendTo(call, next);
}

const PASSED_OVER: Partial<Record<ErrorCode, string>> = {
  payload_too_large: 'too_large',
  no_healthy_upstream: 'no_egress',
};

/**
 * The path on the wire and the headers of one attempt, with the credential in its place.
 * @throws AppError `invalid_request` when the path leads out of the service.
 */
export function targetOf(
  call: Call,
  prepared: PreparedAttempt | null = null,
): { path: string; headers: string[] } {
  const { pool, basePath } = call.upstream!;
  const query = queryFor(call, prepared);
  // Checked without the credential, so that nothing about it can end in an error message.
  const path = buildTargetPath(pool.origin, basePath, restFor(call, prepared), query);
  const headers = headersFor(call, prepared);
  return { path: withCredential(call, path, query, headers), headers };
}

function dispatch(call: Call, candidate: Candidate, pool: EgressPool): void {
  const { upstream } = candidate;
  const prepared = call.llm ? prepareAttempt(call, candidate) : null;
  if (call.contentLength > upstream.maxRequestBytes) throw tooLarge(upstream.maxRequestBytes);
  const { path, headers } = targetOf(call, prepared);
  const body = prepared ? prepared.body : bodyOf(call, headers);
  const options: Omit<Dispatcher.DispatchOptions, 'origin'> = {
    path,
    method: call.method,
    headers,
    body,
    headersTimeout: upstream.firstByteTimeoutMs,
    bodyTimeout: upstream.idleTimeoutMs,
  };
  call.attempts++;
  const dropped = prepared?.dropped ?? NONE;
  traceWishes(call, candidate, dropped);
  enterCandidate(candidate, call.principal!.organizationId);
  const upload = body instanceof RequestBody ? body : null;
  call.parts.egress.dispatch(pool, options, new Exchange(call, dropped, upload));
}

const NONE: readonly string[] = [];

function restFor(call: Call, prepared: PreparedAttempt | null): string {
  if (prepared) return prepared.path;
  return call.service!.kind === 'llm' ? joinVersion(call.upstream!.basePath, call.restPath) : call.restPath;
}

function queryFor(call: Call, prepared: PreparedAttempt | null): string {
  const { placement, name } = call.credential!.secret!;
  const query = prepared?.query ?? call.query;
  // A parameter of the credential's name could only confuse the upstream about whose it is.
  return placement === 'query' ? withoutParameter(query, name) : query;
}

function headersFor(call: Call, prepared: PreparedAttempt | null): string[] {
  // A copy, as the call may be sent again: each attempt adds its own.
  const headers = call.forwardHeaders.slice();
  if (prepared) {
    // The answer is read for its usage, so it must not come compressed.
    removeHeader(headers, 'accept-encoding');
    removeHeader(headers, 'content-encoding');
    if (prepared.converted) removeVendorHeaders(headers);
    headers.push('accept-encoding', 'identity', ...prepared.headers);
  } else if (isSearched(call)) {
    removeHeader(headers, 'accept-encoding');
    headers.push('accept-encoding', 'identity');
  }
  const via = `1.1 ${call.parts.pseudonym}`;
  headers.push('via', call.via === '' ? via : `${call.via}, ${via}`, 'x-request-id', call.id);
  if (call.idempotencyKey !== null) headers.push('idempotency-key', scopedIdempotencyKey(call));
  const { proxySecret } = call.service!;
  if (proxySecret) headers.push(proxySecret.name, proxySecret.reveal());
  return headers;
}

/** A secret could come back in the answer, and must be found there (decision 15). */
function isSearched({ credential, service }: Call): boolean {
  return credential!.secret!.isSought || (service!.proxySecret?.isSought ?? false);
}

/** Credentials go in last, after the target was proven to be the stored upstream. */
function withCredential(call: Call, path: string, query: string, headers: string[]): string {
  const credential = call.credential!.secret!;
  switch (credential.placement) {
    case 'none':
      return path;
    case 'query':
      return `${path}${query === '' ? '?' : '&'}${encodeURIComponent(credential.name)}=${credential.reveal()}`;
    default:
      removeHeader(headers, credential.name);
      headers.push(credential.name, credential.reveal());
      return path;
  }
}

function bodyOf(call: Call, headers: string[]): Buffer | RequestBody | null {
  if (call.body) return call.body;
  if (!call.chunked && call.contentLength <= 0) return null;
  // A declared length is declared again, and the client checks that the body keeps it.
  if (!call.chunked) headers.push('content-length', `${call.contentLength}`);
  return new RequestBody(call, call.upstream!.maxRequestBytes);
}

/** A call that comes back to us would go round for ever. */
export function assertNoLoop(call: Call): void {
  if (call.via !== '' && call.via.includes(call.parts.pseudonym)) {
    throw new AppError('loop_detected', 'This service calls itself through the gateway.');
  }
}
