import type { Duplex } from 'node:stream';
import type { Fault, TerminalState } from '../../../db/schema/index.ts';
import type { Call } from '../call.ts';
import type { SecretMask } from '../mask-secret.ts';
import { leaveCandidate } from '../pool/health.ts';
import type { Candidate } from '../routing/candidate.ts';
import { settle } from '../settle.ts';
import { FrameFollower, closeFrame } from './frames.ts';

/** Why a tunnel ends that both sides would have kept. */
export interface Closing {
  /** Of RFC 6455 §7.4.1. */
  code: 1001 | 1008;
  reason: string;
  terminalState: TerminalState;
  fault: Fault;
  errorCode: string | null;
}

export interface TunnelEnds {
  caller: Duplex;
  upstream: Duplex;
  /** Milliseconds until the upstream agreed. */
  firstByteMs: number;
  /** For what the upstream says; null: it was sent nothing that the caller must not see. */
  mask: SecretMask | null;
}

/** So long each side may take to say goodbye. */
const LINGER_MS = 1_000;

const IDLE: Closing = {
  code: 1001,
  reason: 'idle for too long',
  terminalState: 'timeout',
  fault: 'none',
  errorCode: null,
};
const TOO_LONG: Closing = { ...IDLE, reason: 'open for too long', terminalState: 'policy_stop' };

/**
 * A WebSocket between a caller and an upstream: bytes as they come, each side no faster than the other
 * reads. One usage event when the caller's connection ends, whoever ended it.
 */
export class Tunnel {
  readonly call: Call;
  readonly #candidate: Candidate;
  readonly #ends: TunnelEnds;
  readonly #up = new FrameFollower();
  readonly #down = new FrameFollower();
  readonly #idle: NodeJS.Timeout;
  readonly #longest: NodeJS.Timeout;
  readonly #onOver: (tunnel: Tunnel) => void;
  #linger: NodeJS.Timeout | null = null;
  #downBytes = 0;
  /** Who ended it first, when nobody said goodbye. */
  #endedBy: 'caller' | 'upstream' | null = null;
  #closing: Closing | null = null;

  constructor(call: Call, candidate: Candidate, ends: TunnelEnds, onOver: (tunnel: Tunnel) => void) {
    this.call = call;
    this.#candidate = candidate;
    this.#ends = ends;
    this.#onOver = onOver;
    const { websocketIdleMs, websocketMaxMs } = call.parts.limits;
    this.#idle = setTimeout(closeIdle, websocketIdleMs, this);
    this.#longest = setTimeout(closeTooLong, websocketMaxMs, this);
    call.onCallerGone = () => this.#finish();
  }

  /** Lets the bytes flow; what was said to the caller before goes first. */
  open(): void {
    const { caller, upstream } = this.#ends;
    caller.on('data', (chunk: Buffer) => {
      this.call.requestBytes += chunk.length;
      this.#up.push(chunk);
      this.#idle.refresh();
    });
    upstream.on('data', (chunk: Buffer) => {
      this.#downBytes += chunk.length;
      this.#down.push(chunk);
      this.#idle.refresh();
      // Behind a goodbye of ours nothing may follow.
      if (this.#closing === null && caller.writable) this.#passDown(this.#masked(chunk));
    });
    caller.on('drain', () => upstream.resume());
    caller.once('end', () => this.#ending('caller')).once('close', () => this.#ending('caller'));
    upstream.once('end', () => this.#ending('upstream')).once('close', () => this.#ending('upstream'));
    upstream.on('error', () => undefined);
    caller.pipe(upstream);
  }

  /** Frames are interactive: where one ends nothing is kept back, although the secret might begin so. */
  #masked(chunk: Buffer): Buffer {
    const { mask } = this.#ends;
    if (mask === null) return chunk;
    const passed = mask.push(chunk);
    if (!this.#down.atBoundary) return passed;
    const rest = mask.finish();
    return rest.length === 0 ? passed : Buffer.concat([passed, rest]);
  }

  #passDown(bytes: Buffer): void {
    const { caller, upstream } = this.#ends;
    if (bytes.length > 0 && !caller.write(bytes)) upstream.pause();
  }

  /** Ends it for a reason of ours, in words where the frames allow it. */
  close(closing: Closing): void {
    if (this.#endedBy !== null || this.#closing !== null) return;
    this.#closing = closing;
    const { caller, upstream } = this.#ends;
    const { code, reason } = closing;
    // What still comes is thrown away; goodbyes are heard.
    upstream.resume();
    caller.unpipe(upstream).resume();
    if (this.#down.atBoundary && !this.#down.sawClose) caller.write(closeFrame(code, reason, false));
    if (this.#up.atBoundary && !this.#up.sawClose) upstream.write(closeFrame(code, reason, true));
    this.#hangUp();
  }

  #ending(by: 'caller' | 'upstream'): void {
    this.#endedBy ??= by;
    this.#hangUp();
  }

  #hangUp(): void {
    const { caller, upstream } = this.#ends;
    caller.end();
    upstream.end();
    if (this.#linger !== null) return;
    this.#linger = setTimeout(() => {
      caller.destroy();
      upstream.destroy();
    }, LINGER_MS);
  }

  /** The caller's connection is gone. */
  #finish(): void {
    const { call } = this;
    call.onCallerGone = null;
    clearTimeout(this.#idle);
    clearTimeout(this.#longest);
    this.#ending('caller');
    this.#onOver(this);
    leaveCandidate(this.#candidate);
    const { terminalState, fault, errorCode } = this.#closing ?? this.#ended();
    void settle(call, {
      statusCode: 101,
      terminalState,
      fault,
      errorCode,
      streamed: true,
      responseBytes: this.#downBytes,
      firstByteMs: this.#ends.firstByteMs,
      tokens: null,
      servedModel: null,
      billable: 'whole',
    });
  }

  #ended(): Pick<Closing, 'terminalState' | 'fault' | 'errorCode'> {
    if (this.#up.sawClose || this.#down.sawClose) {
      return { terminalState: 'complete', fault: 'none', errorCode: null };
    }
    if (this.#endedBy === 'caller') return { terminalState: 'client_gone', fault: 'buyer', errorCode: null };
    return { terminalState: 'truncated', fault: 'seller', errorCode: 'upstream_error' };
  }
}

function closeIdle(tunnel: Tunnel): void {
  tunnel.close(IDLE);
}

function closeTooLong(tunnel: Tunnel): void {
  tunnel.close(TOO_LONG);
}
