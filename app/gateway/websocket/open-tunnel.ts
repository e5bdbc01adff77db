import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EgressUpgrade } from '../../infra/egress/egress.ts';
import { AppError } from '../../lib/app-error.ts';
import { takeRetry, traceAttempt, type Progress } from '../attempts.ts';
import type { Call } from '../call.ts';
import { poolFor } from '../egress-routes.ts';
import { sendError } from '../errors.ts';
import { classifyFailure, credentialRefused, type Failure } from '../failures.ts';
import { targetOf } from '../forward.ts';
import { enterCandidate, leaveCandidate } from '../pool/health.ts';
import { judgeAnswer, type Verdict } from '../pool/verdict.ts';
import type { Candidate } from '../routing/candidate.ts';
import { settle, undelivered } from '../settle.ts';
import { handshakeHeaders, switchingHead } from './handshake.ts';
import { Tunnel } from './tunnel.ts';

interface FailedAttempt {
  failure: Failure;
  verdict: Verdict;
  progress: Progress;
  /** 0: no answer. */
  status: number;
}

/**
 * Last stage: dials an upstream that agrees to the handshake, the next one when it does not, and joins the
 * two connections. Before the 101 every refusal is an HTTP answer.
 */
export async function openTunnel(call: Call, caller: Duplex): Promise<void> {
  const gone = new AbortController();
  call.onCallerGone = () => gone.abort();
  const unwatch = watchForEnd(caller);
  call.giveUpAt = performance.now() + call.upstream!.totalTimeoutMs;
  for (;;) {
    const candidate = call.candidate!;
    const startedAt = performance.now();
    const answer = await attempt(call, candidate, gone.signal);
    if (!('failure' in answer)) {
      unwatch();
      join(call, candidate, caller, answer);
      return;
    }
    if (gone.signal.aborted) {
      void settle(call, undelivered(499, 'client_gone', 'buyer', null));
      return;
    }
    const { failure, verdict, progress, status } = answer;
    const ms = performance.now() - startedAt;
    traceAttempt(call, candidate, { status, failed: failure.error.code, ms });
    if (!takeRetry(call, candidate, progress, verdict) || (await call.queue!.take()) === null) {
      return giveUp(call, failure);
    }
  }
}

/** Nobody reads from the caller while an upstream is dialled, so its leaving has to be looked for. */
function watchForEnd(caller: Duplex): () => void {
  const look = (): void => {
    if (caller.readableLength === 0) caller.read();
  };
  const leave = (): void => void caller.destroy();
  caller.on('readable', look).once('end', leave);
  return () => caller.off('readable', look).off('end', leave);
}

async function giveUp(call: Call, { error, terminalState, fault }: Failure): Promise<void> {
  await settle(call, undelivered(error.status, terminalState, fault, error.code));
  sendError(call, error);
}

async function attempt(
  call: Call,
  candidate: Candidate,
  signal: AbortSignal,
): Promise<EgressUpgrade | FailedAttempt> {
  const { upstream } = candidate;
  const { parts } = call;
  const buyer = call.principal!.organizationId;
  const { breaker } = upstream.state;
  const target = targetOf(call);
  call.attempts++;
  enterCandidate(candidate, buyer);
  try {
    const pool = await poolFor(parts.egressRoutes, upstream);
    const answer = await parts.egress.upgrade(pool, {
      path: target.path,
      headers: [...target.headers, ...handshakeHeaders(call, candidate)],
      headersTimeoutMs: upstream.firstByteTimeoutMs,
      signal,
    });
    if (answer.socket !== null) {
      breaker.succeeded();
      parts.marker.worked(candidate);
      return answer;
    }
    leaveCandidate(candidate);
    const verdict = judgeAnswer(candidate.service.kind, { ...answer, body: '' }, parts.clock.now());
    if (verdict.kind === 'refused') parts.marker.refused(candidate, answer.status, buyer, parts.clock.now());
    if (verdict.kind === 'exhausted') parts.marker.exhausted(candidate, verdict, parts.clock.now());
    if (verdict.kind === 'failed') breaker.failed(buyer, parts.clock.now());
    else breaker.succeeded();
    return {
      failure: verdict.kind === 'refused' ? credentialRefused(answer.status) : notAgreed(answer.status),
      verdict,
      progress: verdict.kind === 'failed' ? 'failed' : 'refused',
      status: answer.status,
    };
  } catch (error) {
    leaveCandidate(candidate);
    const failure = classifyFailure(error as Error);
    if (signal.aborted || failure.fault !== 'seller') breaker.left();
    else breaker.failed(buyer, parts.clock.now());
    return { failure, verdict: { kind: 'failed' }, progress: 'sent', status: 0 };
  }
}

function notAgreed(status: number): Failure {
  return {
    error: new AppError('upstream_error', `The service did not agree to a WebSocket (${status}).`),
    terminalState: 'upstream_error',
    fault: 'seller',
  };
}

function join(call: Call, candidate: Candidate, caller: Duplex, answer: EgressUpgrade): void {
  const upstream = answer.socket!;
  const { tunnels } = call.parts;
  const ends = {
    ...{ caller, upstream, firstByteMs: Math.round(call.elapsedMs()) },
    mask: candidate.credential.secret!.openMask(candidate.service.proxySecret),
  };
  const tunnel = new Tunnel(call, candidate, ends, (over) => tunnels.remove(over));
  call.response.detachSocket(caller as IncomingMessage['socket']);
  tunnels.add(tunnel);
  caller.write(switchingHead(call, answer));
  tunnel.open();
}
