import type { Dispatcher } from 'undici';
import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { Exchange } from './exchange.ts';
import { removeHeader } from './headers.ts';
import { prepareAttempt } from './llm/prepare-attempt.ts';
import { tooLarge } from './read-body.ts';
import { RequestBody } from './request-body.ts';
import type { Candidate } from './routing/candidate.ts';
import { buildTargetPath, joinVersion, withoutParameter } from './target-url.ts';

/** Stage 7: sends the call to its upstream and streams both ways; `Exchange` sees it through. */
export function forward(call: Call): void {
  const upstream = call.upstream!;
  const prepared = call.llm ? prepareAttempt(call, candidateOf(call)) : null;
  const query = queryFor(call, prepared?.query ?? call.query);
  const rest = prepared?.path ?? restFor(call);
  // Checked without the credential, so that nothing about it can end in an error message.
  const path = buildTargetPath(upstream.pool.origin, upstream.basePath, rest, query);
  if (call.contentLength > upstream.maxRequestBytes) throw tooLarge(upstream.maxRequestBytes);
  const headers = headersFor(call);
  if (prepared) headers.push(...prepared.headers);
  const options: Omit<Dispatcher.DispatchOptions, 'origin'> = {
    path: withCredential(call, path, query, headers),
    method: call.method,
    headers,
    body: prepared?.body ?? bodyOf(call, headers),
    headersTimeout: upstream.firstByteTimeoutMs,
    bodyTimeout: upstream.idleTimeoutMs,
  };
  call.attempts++;
  call.parts.egress.dispatch(upstream.pool, options, new Exchange(call));
}

function candidateOf(call: Call): Candidate {
  return {
    service: call.service!,
    upstream: call.upstream!,
    credential: call.credential!,
    model: call.llm?.upstreamModel ?? null,
  };
}

function restFor(call: Call): string {
  return call.service!.kind === 'llm' ? joinVersion(call.upstream!.basePath, call.restPath) : call.restPath;
}

function queryFor(call: Call, query: string): string {
  const credential = call.credential!.secret!;
  // A parameter of the credential's name could only confuse the upstream about whose it is.
  return credential.placement === 'query' ? withoutParameter(query, credential.name) : query;
}

function headersFor(call: Call): string[] {
  const headers = call.forwardHeaders;
  if (call.llm) {
    // The answer is read for its usage, so it must not come compressed.
    removeHeader(headers, 'accept-encoding');
    removeHeader(headers, 'content-encoding');
    headers.push('accept-encoding', 'identity');
  }
  const via = `1.1 ${call.parts.pseudonym}`;
  headers.push('via', call.via === '' ? via : `${call.via}, ${via}`, 'x-request-id', call.id);
  return headers;
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

function bodyOf(call: Call, headers: string[]): Dispatcher.DispatchOptions['body'] {
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
