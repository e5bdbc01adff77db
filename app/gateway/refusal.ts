import type { Dispatcher } from 'undici';
import type { Call } from './call.ts';
import {
  isDecidedByBody,
  isMarkedByBody,
  isWorthReading,
  judgeAnswer,
  type Verdict,
} from './pool/verdict.ts';
import type { AnswerHeaders } from './response-headers.ts';
import type { Candidate } from './routing/candidate.ts';

/** Of a refusal so much is read for what it says, and so long. */
const MAX_BYTES = 16 * 1024;
const MAX_MS = 1_000;

/** Null: an answer like any other. What it says about the credential is marked. */
export function openRefusal(
  call: Call,
  candidate: Candidate,
  status: number,
  headers: AnswerHeaders,
): Refusal | null {
  const { kind } = candidate.service;
  const verdict = judgeAnswer(kind, { status, headers, body: '' }, call.parts.clock.now());
  const decides = isDecidedByBody(kind, status) && call.method !== 'HEAD';
  if (verdict.kind === 'fine' && !decides) return null;
  return new Refusal(call, candidate, { status, headers, verdict, decides });
}

interface Refused {
  status: number;
  headers: AnswerHeaders;
  /** By its status and headers. */
  verdict: Verdict;
  /** Whether the caller gets this answer is known only when its body is read. */
  decides: boolean;
}

/**
 * An answer that says something about its upstream or its credential, perhaps more in its body than in its
 * status. It is read as far as that takes; and when another attempt has taken over, to its end if that is
 * near, so that its connection can be used again.
 */
export class Refusal {
  readonly headers: AnswerHeaders;
  readonly decides: boolean;
  verdict: Verdict;

  readonly #call: Call;
  readonly #candidate: Candidate;
  readonly #status: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isRead: boolean;
  #timer: NodeJS.Timeout | null = null;

  constructor(call: Call, candidate: Candidate, { status, headers, verdict, decides }: Refused) {
    this.#call = call;
    this.#candidate = candidate;
    this.#status = status;
    this.headers = headers;
    this.verdict = verdict;
    this.decides = decides;
    this.#isRead = !decides && !isWorthReading(candidate.service.kind, status);
    if (!isMarkedByBody(status)) this.#mark(verdict);
  }

  /** @returns true when this is as much as is wanted of it. */
  add(chunk: Buffer): boolean {
    // A copy: the chunk belongs to the HTTP client.
    if (!this.#isRead) this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    return this.#bytes >= MAX_BYTES;
  }

  /** Its body is known now, as far as it will be. @returns what it says; null when that was judged before. */
  judge(): Buffer | null {
    if (this.#isRead) return null;
    this.#isRead = true;
    const said = Buffer.concat(this.#chunks);
    this.#chunks = [];
    const nowMs = this.#call.parts.clock.now();
    const answer = { status: this.#status, headers: this.headers, body: said.toString('utf8') };
    const verdict = judgeAnswer(this.#candidate.service.kind, answer, nowMs);
    this.#mark(verdict);
    if (this.decides) this.verdict = verdict;
    else if (verdict.kind === 'failed') this.#candidate.upstream.state.breaker.failed(this.#buyer, nowMs);
    return said;
  }

  /** It is about the seller's account: no answer for the caller, who would take it for one about their own. */
  get isSellers(): boolean {
    return this.verdict.kind === 'refused' || (this.verdict.kind === 'exhausted' && this.#status !== 429);
  }

  #mark(verdict: Verdict): void {
    const { marker, clock } = this.#call.parts;
    if (verdict.kind === 'exhausted') marker.exhausted(this.#candidate, verdict, clock.now());
    else if (verdict.kind === 'refused')
      marker.refused(this.#candidate, this.#status, this.#buyer, clock.now());
  }

  get #buyer(): string {
    return this.#call.principal!.organizationId;
  }

  /** Nobody waits for it any more. */
  finishWithin(controller: Dispatcher.DispatchController | null): void {
    this.#timer = setTimeout(abort, MAX_MS, controller);
  }

  /** It has ended. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }
}

/** The refusal is too long, or takes too long. */
export function abort(controller: Dispatcher.DispatchController | null): void {
  controller?.abort(new Error('another attempt has taken over'));
}
