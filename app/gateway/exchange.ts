/**
 * One attempt at an upstream, from dispatch to the last byte: bytes go on as they come, a slow reader
 * slows the upstream, whoever leaves first ends it for both. An attempt that fails before the caller has
 * a byte may hand over to another; whatever happens, the call is settled exactly once.
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Fault, HoldCheckpoint, TerminalState } from '../../db/schema/index.ts';
import { toDecimal } from '../lib/money.ts';
import type { AppError } from '../lib/app-error.ts';
import type { AnswerBody, AnswerEnd } from './answers/answer-body.ts';
import { answerBodyFor, eventsFor } from './answers/index.ts';
import { passBody } from './answers/pass.ts';
import { AnswerKeeper } from './answers/answer-keeper.ts';
import { abort, Aside } from './aside.ts';
import { takeRetry, takeSecondTry, traceAttempt, type Progress } from './attempts.ts';
import type { Call } from './call.ts';
import { checkpointOf } from './checkpoint-of.ts';
import { composeHead } from './compose-head.ts';
import { openCoverage, type Coverage } from './coverage.ts';
import { Decoder, takeCoding, type Reader } from './decoder.ts';
import { sendError } from './errors.ts';
import {
  classifyFailure,
  credentialRefused,
  endedEarly,
  outOfMoney,
  totalTimeout,
  type Failure,
} from './failures.ts';
import { forwardAgain, sendAgain } from './forward.ts';
import type { HeaderRules } from './headers.ts';
import { estimatedInputTokens, estimatedOutputTokens } from './llm/estimate-tokens.ts';
import type { SecretMask } from './mask-secret.ts';
import { mayOpen, openStream } from './open-stream.ts';
import { leaveCandidate } from './pool/health.ts';
import { isDecidedByBody, isWorthReading, judgeAnswer, type Verdict } from './pool/verdict.ts';
import type { RequestBody } from './request-body.ts';
import type { AnswerHeaders, ReturnedHeaders } from './response-headers.ts';
import { rewriteLocation } from './rewrite-location.ts';
import type { Candidate } from './routing/candidate.ts';
import { chargeOf, isPaid, settle, undelivered, type CountedTokens, type Outcome } from './settle.ts';

const EMPTY = Buffer.alloc(0);
const KEEP_ALIVE = ': keep-alive\n\n';
const NO_BODY_STATUS = new Set([204, 205, 304]);
/** Copying more into one piece costs as much as sending two. */
const ONE_PIECE_BYTES = 16 * 1024;

export class Exchange implements Dispatcher.DispatchHandler, ReturnedHeaders, Reader {
  readonly rules: HeaderRules;
  withoutLength = false;

  readonly #call: Call;
  readonly #candidate: Candidate;
  readonly #response: ServerResponse;
  readonly #dropped: readonly string[];
  readonly #upload: RequestBody | null;
  readonly #startedAt = performance.now();
  readonly #totalTimer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  /** Settled, being settled, or handed over: nothing that comes now goes to the caller. */
  #over = false;
  #body: AnswerBody = passBody;
  #mask: SecretMask | null = null;
  /** What comes is compressed, and must be read to be masked. */
  #decoder: Decoder | null = null;
  #keeper: AnswerKeeper | null = null;
  #status = 0;
  #head: string[] = [];
  /** The caller has something of this answer. */
  #begun = false;
  #firstByteMs: number | null = null;
  #receivedBytes = 0;
  #responseBytes = 0;
  /** Bytes still to come of a body of known length; -1: length unknown. */
  #remaining = -1;
  /** Kept back until the call is settled, or its end is known. */
  #last: Buffer | null = null;
  #silence: NodeJS.Timeout | null = null;
  #stalled: NodeJS.Timeout | null = null;
  /** The caller has left, and the upstream is read to its end all the same. */
  #draining = false;
  #verdict: Verdict | null = null;
  /** A refusal, or what may be one. */
  #aside: Aside | null = null;
  /** Null: nothing of the cost grows while the answer runs. */
  #coverage: Coverage | null = null;
  /** Not paid for yet, and so not passed on; null: nothing waits for money. */
  #unpaid: { chunks: Buffer[]; ended: boolean } | null = null;
  /** Of the text that was passed on. */
  #paidTextBytes = 0;
  /** Bytes at the last checkpoint. */
  #checkedBytes = 0;

  /**
   * @param dropped parameters that this upstream has not got.
   * @param upload a body that streams; it ends with the attempt, whether the upstream took it or not.
   */
  constructor(call: Call, dropped: readonly string[], upload: RequestBody | null) {
    this.#call = call;
    this.#candidate = call.candidate!;
    this.#response = call.response;
    this.#dropped = dropped;
    this.#upload = upload;
    this.rules = call.parts.headerRules;
    call.onCallerGone = this.#onCallerGone;
    this.#totalTimer = setTimeout(onTotalTimeout, Math.max(1, call.giveUpAt - this.#startedAt), this);
    if (call.llm !== null && mayOpen(call)) this.#waitQuietly();
  }

  /** The caller has waited for this long already when other attempts have failed. */
  #waitQuietly(): void {
    const { keepAliveMs } = this.#call.parts.limits;
    const waitedMs = this.#call.attempts === 1 ? 0 : this.#call.elapsedMs() % keepAliveMs;
    this.#silence = setTimeout(onSilence, keepAliveMs - waitedMs, this);
  }

  // --- what undici reports ---------------------------------------------------------------------

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The caller left while the connection was being made: nothing is sent at all.
    if (this.#over) controller.abort(new Error('the caller has left'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (status < 200 || this.#over) return;
    this.#firstByteMs = Math.round(this.#call.elapsedMs());
    this.#status = status;
    if (status < 400) this.#answersWell();
    else if (this.#isRefusal(headers)) return;
    this.#begin(headers);
  }

  #begin(headers: AnswerHeaders): void {
    const call = this.#call;
    const status = this.#status;
    const isEmpty = this.#isEmpty(headers);
    const { service, credential } = this.#candidate;
    this.#mask = credential.secret!.openMask(service.proxySecret);
    if (this.#mask !== null && headers['content-encoding'] !== undefined && !this.#decodes(headers, isEmpty))
      return;
    this.#body = call.opened ? eventsFor(call, status, headers) : answerBodyFor(call, status, headers);
    this.withoutLength = this.#body.rewritten || this.#body.buffered;
    if (this.#silence) clearTimeout(this.#silence);
    this.#silence = this.#body.isEventStream
      ? setTimeout(onSilence, call.parts.limits.keepAliveMs, this)
      : null;
    const length = headers['content-length'];
    if (this.#body === passBody && typeof length === 'string' && !isEmpty) this.#remaining = Number(length);
    if (status < 300 && !this.#body.buffered) this.#coverage = openCoverage(call);
    const { head, storable } = composeHead(call, this, {
      status,
      headers,
      body: this.#body,
      upstreamMs: performance.now() - this.#startedAt,
      cost: this.#costInAdvance(isEmpty),
      dropped: this.#dropped,
    });
    this.#head = head;
    if (call.captures.length > 0) {
      const { isEventStream } = this.#body;
      const setsCookie = headers['set-cookie'] !== undefined;
      this.#keeper = new AnswerKeeper(call, { status, headers: storable, isEventStream, setsCookie });
    }
    // Without a body the head is the last byte, and that one waits for the settle.
    if (!this.#body.buffered && !(call.held && isEmpty)) this.#sendHead();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#aside !== null && !this.#readOn(this.#aside, chunk)) return;
    if (this.#over) return;
    this.#take(chunk);
  }

  #take(chunk: Buffer): void {
    this.#silence?.refresh();
    if (this.#decoder === null) this.#read(chunk);
    else this.#decoder.write(chunk);
  }

  #read(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    let passed: Buffer;
    try {
      passed = this.#body.push(this.#mask === null ? chunk : this.#mask.push(chunk));
    } catch (error) {
      this.fail(classifyFailure(error as Error));
      return;
    }
    if (passed.length > 0) this.#deliver(passed);
  }

  onResponseEnd(): void {
    if (this.#aside !== null) this.#closeAside(this.#aside);
    if (this.#over) return;
    if (this.#decoder !== null) {
      this.#decoder.end();
      return;
    }
    if (this.#unpaid !== null) {
      this.#unpaid.ended = true;
      return;
    }
    let end: AnswerEnd;
    try {
      const rest = this.#mask === null ? EMPTY : this.#mask.finish();
      if (rest.length > 0) this.#passOn(this.#body.push(rest));
      end = this.#body.end();
    } catch (error) {
      this.fail(classifyFailure(error as Error));
      return;
    }
    if (end.state === 'truncated') this.fail(endedEarly());
    // Nothing of it can be sent: the answer is ours.
    else if (end.state === 'failed' && end.error && !this.#begun) this.fail(classifyFailure(end.error));
    else this.#complete(end);
  }

  // --- what was compressed -----------------------------------------------------------------------

  /** False when it cannot be read, and the call is over. */
  #decodes(headers: AnswerHeaders, isEmpty: boolean): boolean {
    try {
      const coding = takeCoding(headers);
      if (coding !== null && !isEmpty) this.#decoder = new Decoder(coding, this, this.#controller!);
      return true;
    } catch (error) {
      this.fail(classifyFailure(error as Error));
      return false;
    }
  }

  decoded(chunk: Buffer): void {
    if (!this.#over) this.#read(chunk);
  }

  decodedAll(): void {
    this.#decoder = null;
    this.onResponseEnd();
  }

  cannotDecode(error: AppError): void {
    this.fail(classifyFailure(error));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#aside !== null) this.#closeAside(this.#aside);
    if (this.#over) return;
    const failure = classifyFailure(error);
    if (failure.fault === 'seller') {
      const { call, reason } = { call: this.#call, reason: reasonOf(error) };
      call.parts.logger.info(
        { requestId: call.id, serviceId: call.service!.id, upstreamId: this.#candidate.upstream.id, reason },
        'an upstream failed',
      );
      if (this.#status === 0 && this.#isRepeated(error, failure.error.code)) return;
    }
    this.fail(failure);
  }

  // --- answers that say something about the upstream -------------------------------------------

  /** It works: its breaker closes now, as a stream can last for minutes. */
  #answersWell(): void {
    const { breaker, firstByteMs } = this.#candidate.upstream.state;
    breaker.begun();
    firstByteMs.add(this.#elapsedMs(), this.#call.parts.clock.now());
  }

  /** True when the caller does not get this answer, or not yet: another attempt begins, or it is told as ours. */
  #isRefusal(headers: AnswerHeaders): boolean {
    const status = this.#status;
    if (isDecidedByBody(status, this.#candidate.upstream.dialect) && this.#call.method !== 'HEAD') {
      this.#aside = new Aside(headers, 'decision');
      return true;
    }
    const verdict = judgeAnswer(status, headers, '', this.#call.parts.clock.now());
    if (verdict.kind === 'fine') return false;
    this.#verdict = verdict;
    this.#aside = new Aside(headers, isWorthReading(status) ? 'words' : 'nothing');
    // A 403 may be about where the call came from: its body decides.
    if (status !== 403) this.#mark(verdict);
    return this.#refuse(verdict);
  }

  #refuse(verdict: Verdict): boolean {
    if (this.#handOver(verdict.kind === 'failed' ? 'failed' : 'refused', verdict, null)) return true;
    if (verdict.kind !== 'refused') return false;
    this.fail(credentialRefused(this.#status));
    return true;
  }

  #mark(verdict: Verdict): void {
    const { marker, clock } = this.#call.parts;
    if (verdict.kind === 'exhausted') marker.cooling(this.#candidate, verdict.untilMs);
    else if (verdict.kind === 'refused')
      marker.refused(this.#candidate, this.#status, this.#buyer, clock.now());
  }

  /** A refusal is read for what it says, and no further than that where another attempt has taken over. */
  #readOn(aside: Aside, chunk: Buffer): boolean {
    const isEnough = aside.add(chunk);
    if (isEnough) this.#judge(aside);
    if (isEnough && this.#over) abort(this.#controller);
    return !aside.decides;
  }

  #closeAside(aside: Aside): void {
    aside.close();
    this.#judge(aside);
  }

  /** The body of the refusal is known now, as far as it will be. */
  #judge(aside: Aside): void {
    const said = aside.take();
    if (said === null) return;
    const { clock } = this.#call.parts;
    const verdict = judgeAnswer(this.#status, aside.headers, said.toString('utf8'), clock.now());
    this.#mark(verdict);
    if (aside.decides) this.#decide(aside, verdict, said);
    else if (verdict.kind === 'failed')
      this.#candidate.upstream.state.breaker.failed(this.#buyer, clock.now());
  }

  #decide(aside: Aside, verdict: Verdict, said: Buffer): void {
    if (this.#over) return;
    if (verdict.kind !== 'fine') {
      this.#verdict = verdict;
      if (this.#refuse(verdict)) return;
    }
    this.#aside = null;
    this.#begin(aside.headers);
    if (said.length > 0) this.#take(said);
  }

  /** No answer came: the call goes elsewhere, or there once more when only its connection was lost. */
  #isRepeated(error: Error, code: string): boolean {
    const progress = this.#controller === null ? 'unsent' : 'sent';
    if (this.#handOver(progress, { kind: 'failed' }, code)) return true;
    if (!takeSecondTry(this.#call, this.#candidate, progress, error)) return false;
    // What it says of the upstream, the second try will tell.
    this.#giveUp('neither', code);
    sendAgain(this.#call, this.#candidate);
    return true;
  }

  /** Lets another attempt take over, if there may be one. What still comes of this one is not passed on. */
  #handOver(progress: Progress, verdict: Verdict, failed: string | null): boolean {
    const call = this.#call;
    if (!takeRetry(call, this.#candidate, progress, verdict)) return false;
    this.#giveUp(verdict.kind === 'failed' ? 'failed' : 'neither', failed);
    // A short body is read to its end.
    if (this.#status > 0) this.#aside?.finishWithin(this.#controller);
    forwardAgain(call);
    return true;
  }

  #giveUp(said: 'failed' | 'neither', failed: string | null): void {
    this.#over = true;
    clearTimeout(this.#totalTimer);
    if (this.#silence) clearTimeout(this.#silence);
    this.#leave(said);
    traceAttempt(this.#call, this.#candidate, { status: this.#status, failed, ms: this.#elapsedMs() });
  }

  get #buyer(): string {
    return this.#call.principal!.organizationId;
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Once: the attempt is over for its upstream, and says this about it. */
  #leave(said: 'works' | 'failed' | 'neither'): void {
    const { upstream } = this.#candidate;
    leaveCandidate(this.#candidate);
    this.#upload?.destroy();
    const { breaker } = upstream.state;
    if (said === 'failed') breaker.failed(this.#buyer, this.#call.parts.clock.now());
    else if (said === 'works') breaker.succeeded();
    else breaker.left();
  }

  // --- the head --------------------------------------------------------------------------------

  /** Known before the body comes unless tokens are counted. */
  #costInAdvance(isEmpty: boolean): string | null {
    const { charges, held, price } = this.#call;
    if (!charges || !held || this.#status >= 300) return '0.00';
    const { meters, isCounted } = price!.price;
    if (isCounted || meters.size !== 1 || !meters.has('call') || this.#body.buffered) return null;
    return toDecimal(chargeOf(this.#call, this.#outcome('complete', 'none', isEmpty ? 'nothing' : 'whole')));
  }

  /** No body will come. */
  #isEmpty(headers: AnswerHeaders): boolean {
    return (
      this.#call.method === 'HEAD' || NO_BODY_STATUS.has(this.#status) || headers['content-length'] === '0'
    );
  }

  #sendHead(): void {
    if (this.#call.closed) return;
    this.#begun = true;
    if (this.#response.headersSent) return;
    this.#response.writeHead(this.#status, this.#head);
    // With the first chunk, when that came in the same packet; at once when it did not.
    process.nextTick(flushHead, this);
  }

  /** Lets the head go although no body has come yet; not when head and body wait for the settle together. */
  flushHead(): void {
    const response = this.#response;
    if (this.#last === null && !response.destroyed && !response.writableEnded) response.flushHeaders();
  }

  /** ReturnedHeaders: the seller's secret must not come back in a header. */
  isSecret(value: string): boolean {
    const { service, credential } = this.#candidate;
    return credential.secret!.isIn(value) || (service.proxySecret?.isIn(value) ?? false);
  }

  /** ReturnedHeaders: redirects inside the service stay inside the proxy, others are dropped. */
  rewriteLocation(location: string): string | null {
    return rewriteLocation(this.#call, location);
  }

  // --- the body --------------------------------------------------------------------------------

  /** Passes on what is paid for; the rest waits, and so does the upstream, until it is. */
  #deliver(chunk: Buffer): void {
    if (this.#coverage === null || this.#draining) {
      this.#passOn(chunk);
      return;
    }
    if (this.#unpaid !== null) {
      this.#unpaid.chunks.push(chunk);
      return;
    }
    const progress = this.#progressWith(chunk.length);
    if (this.#coverage.covers(progress)) {
      this.#paidTextBytes = progress.textBytes;
      this.#passOn(chunk);
      return;
    }
    this.#unpaid = { chunks: [chunk], ended: false };
    this.#pause();
    void this.#secure(this.#coverage, chunk.length);
  }

  #progressWith(bytes: number) {
    const { usage, textBytes } = this.#body;
    return { textBytes, outputTokens: usage?.outputTokens ?? 0, responseBytes: this.#responseBytes + bytes };
  }

  async #secure(coverage: Coverage, bytes: number): Promise<void> {
    const refusal = await coverage.secure(this.#progressWith(bytes));
    const unpaid = this.#unpaid;
    if (this.#over || unpaid === null) return;
    if (refusal !== null) {
      this.fail(outOfMoney(refusal));
      return;
    }
    const all = Buffer.concat(unpaid.chunks);
    if (all.length > bytes) return void this.#secure(coverage, all.length);
    this.#unpaid = null;
    this.#paidTextBytes = this.#body.textBytes;
    this.#passOn(all);
    if (unpaid.ended) this.onResponseEnd();
    else if (!this.#stalled) this.#resume();
  }

  #pause(): void {
    if (this.#decoder === null) this.#controller?.pause();
    else this.#decoder.pause();
  }

  #resume(): void {
    if (this.#decoder === null) this.#controller?.resume();
    else this.#decoder.resume();
  }

  #passOn(chunk: Buffer): void {
    if (this.#remaining !== -1) {
      this.#remaining -= chunk.length;
      // Also of a call that costs nothing: the end follows in the same turn, and goes with it in one write.
      if (this.#remaining <= 0) {
        this.#last = chunk;
        return;
      }
    }
    this.#write(chunk);
  }

  #write(chunk: Buffer): void {
    this.#keeper?.add(chunk);
    if (this.#draining) return;
    if (!this.#begun) this.#sendHead();
    if (this.#responseBytes === 0) this.#watch();
    this.#responseBytes += chunk.length;
    if (this.#response.write(chunk) || this.#stalled) return;
    this.#pause();
    this.#stalled = setTimeout(onStalled, this.#call.parts.limits.callerIdleMs, this.#response);
    this.#response.once('drain', this.#onDrain);
  }

  #onDrain = (): void => {
    if (this.#stalled) clearTimeout(this.#stalled);
    this.#stalled = null;
    if (this.#unpaid === null) this.#resume();
  };

  /** Who dies now leaves behind how far this answer has come. */
  #watch(): void {
    const call = this.#call;
    if (!call.held || this.#status >= 300) return;
    call.parts.checkpoints.watch(call.id, {
      organizationId: call.principal!.organizationId,
      describe: () => this.#checkpoint(),
    });
  }

  #checkpoint(): HoldCheckpoint | null {
    if (this.#over || this.#responseBytes === this.#checkedBytes) return null;
    this.#checkedBytes = this.#responseBytes;
    return checkpointOf(this.#call, this.#outcome('truncated', 'platform', this.#partsPaid()));
  }

  /** A comment keeps proxies and clients from giving up; only where no event is under way. */
  keepAlive(): void {
    if (this.#over || this.#draining) return;
    this.#silence = setTimeout(onSilence, this.#call.parts.limits.keepAliveMs, this);
    if (this.#begun ? !this.#body.atBoundary || this.#stalled : !this.#isOpen()) return;
    this.#response.write(KEEP_ALIVE);
  }

  /** A stream is open to the caller before anything of it has come; not when it may become something else. */
  #isOpen(): boolean {
    if (this.#call.closed || (this.#status !== 0 && !this.#body.isEventStream)) return false;
    if (!this.#call.opened) openStream(this.#call, this);
    return true;
  }

  // --- the end ---------------------------------------------------------------------------------

  #complete({ state, last: rest }: AnswerEnd): void {
    const last =
      this.#last === null ? rest : rest.length === 0 ? this.#last : Buffer.concat([this.#last, rest]);
    if (last.length > 0) this.#keeper?.add(last);
    if (!this.#draining) this.#responseBytes += last.length;
    // The upstream has told the caller what went wrong, in its own words.
    const failed = state === 'failed';
    const { buffered } = this.#body;
    const outcome = this.#draining
      ? this.#outcome('client_gone', 'buyer', this.#paidWhenLeft(failed))
      : this.#outcome(
          failed ? 'upstream_error' : 'complete',
          failed ? 'seller' : this.#faultOfStatus(),
          failed && buffered ? 'nothing' : this.#paidWhenOver(failed),
        );
    if (buffered && !this.#response.headersSent) this.#head.push('content-length', `${last.length}`);
    this.#measureThroughput(outcome);
    const kept = failed ? undefined : this.#keeper?.complete();
    this.#finish(
      outcome,
      this.#saidBy(state),
      () => {
        if (!this.#response.headersSent) {
          if (buffered) this.#appendCost();
          this.#response.writeHead(this.#status, this.#head);
        }
        this.#end(this.#withCost(outcome, last));
      },
      kept,
    );
  }

  /**
   * A short answer that came whole leaves with its head: node:http puts the two into one buffer only where the
   * body is a string, and one buffer is cheaper to send than two. Latin-1 has a character for every byte.
   */
  #end(last: Buffer | undefined): void {
    const isAll = last !== undefined && last.length === this.#responseBytes;
    if (isAll && last.length <= ONE_PIECE_BYTES) this.#response.end(last.toString('latin1'), 'latin1');
    else this.#response.end(last);
  }

  #saidBy(state: AnswerEnd['state']): 'works' | 'failed' | 'neither' {
    if (state === 'failed' || this.#verdict?.kind === 'failed') return 'failed';
    if (this.#verdict !== null) return 'neither';
    if (this.#status < 400) this.#call.parts.marker.worked(this.#candidate);
    return 'works';
  }

  /** The whole answer is here before its head has gone. */
  #appendCost(): void {
    const { held, chargedNanos } = this.#call;
    if (held && this.#status < 300) this.#head.push('x-tollgate-cost', toDecimal(chargedNanos));
  }

  /** What a stream of tokens has cost stands in a comment in front of its terminal event. */
  #withCost(outcome: Outcome, last: Buffer): Buffer | undefined {
    const { tokens } = outcome;
    const isBetweenEvents = this.#body.atBoundary || (this.#call.opened && this.#body.buffered);
    if (!this.#body.isEventStream || !this.#call.held || tokens === null || !isBetweenEvents)
      return last.length === 0 ? undefined : last;
    const cost = toDecimal(this.#call.chargedNanos);
    const comment = `: tollgate cost=${cost} input=${tokens.input} output=${tokens.output}\n\n`;
    return Buffer.concat([Buffer.from(comment), last]);
  }

  #measureThroughput({ tokens, firstByteMs }: Outcome): void {
    if (tokens === null || tokens.output === 0 || firstByteMs === null) return;
    const seconds = Math.max(1, this.#call.elapsedMs() - firstByteMs) / 1_000;
    this.#candidate.upstream.state.tokensPerSecond.add(tokens.output / seconds, this.#call.parts.clock.now());
  }

  /** Ends the call because of `failure`: with an error answer, or visibly broken off when one has begun. */
  fail(failure: Failure): void {
    if (this.#over) return;
    const { error, fault } = failure;
    this.#call.parts.logger.debug({ requestId: this.#call.id, code: error.code }, 'a call failed');
    const said = fault === 'seller' && this.#verdict?.kind !== 'refused' ? 'failed' : 'neither';
    if (this.#draining) {
      this.#finish(this.#outcome('client_gone', 'buyer', this.#paidWhenLeft(true)), said, ignore);
    } else if (!this.#begun) {
      const outcome = undelivered(error.status, failure.terminalState, fault, error.code);
      const last = (): void => sendError(this.#call, error);
      this.#finish({ ...outcome, firstByteMs: this.#firstByteMs }, said, last);
    } else {
      const terminalState = failure.terminalState === 'upstream_error' ? 'truncated' : failure.terminalState;
      const outcome = this.#outcome(
        terminalState,
        fault,
        this.#paidWhenOver(failure.terminalState !== 'policy_stop'),
      );
      this.#finish({ ...outcome, errorCode: error.code }, said, () => this.#breakOff(failure));
    }
    if (this.#aside !== null) this.#aside.finishWithin(this.#controller);
    else this.#controller?.abort(error);
  }

  #onCallerGone = (): void => {
    // Nobody is waited for any more; a timer left behind would keep the whole call in memory.
    if (this.#stalled) clearTimeout(this.#stalled);
    if (this.#over) return;
    if (this.#mayDrain()) {
      this.#draining = true;
      this.#call.parts.underway.enter();
      if (this.#silence) clearTimeout(this.#silence);
      this.#silence = null;
      const ended = this.#unpaid?.ended ?? false;
      if (this.#stalled || this.#unpaid) this.#resume();
      this.#unpaid = null;
      if (ended) this.onResponseEnd();
      return;
    }
    const outcome = this.#outcome('client_gone', 'buyer', this.#paidWhenLeft(false));
    this.#finish({ ...outcome, statusCode: this.#status === 0 ? 499 : this.#status }, 'neither', ignore);
    this.#controller?.abort(new Error('the caller has left'));
  };

  /** Where the upstream bills the whole answer anyway, it is read to its end, and paid for. */
  #mayDrain(): boolean {
    const isDrained = this.#candidate.upstream.abandonPolicy === 'drain';
    return isDrained && this.#call.llm !== null && this.#controller !== null && this.#status < 300;
  }

  /** Of an answer that broke, what was delivered is paid for; the call is not. */
  #paidWhenOver(broke: boolean): Outcome['billable'] {
    if (this.#status >= 300 || this.#responseBytes === 0) return 'nothing';
    return broke ? this.#partsPaid() : 'whole';
  }

  /** A caller who leaves during the answer has had the call; what is read on is paid by its tokens. */
  #paidWhenLeft(broke: boolean): Outcome['billable'] {
    if (this.#status < 200 || this.#status >= 300) return 'nothing';
    if (broke) return this.#receivedBytes > 0 ? this.#partsPaid() : 'nothing';
    if (this.#responseBytes > 0) return 'whole';
    return this.#draining && this.#receivedBytes > 0 ? 'parts' : 'nothing';
  }

  /** What a model has not said a word of is worth nothing, whatever events went in front. */
  #partsPaid(): Outcome['billable'] {
    const { textBytes, usage } = this.#body;
    const shownTokens = usage === null ? 0 : usage.outputTokens - (usage.reasoningTokens ?? 0);
    const isWordless = textBytes === 0 && shownTokens <= 0;
    return isWordless && this.#call.llm?.operation === 'generate' ? 'nothing' : 'parts';
  }

  /** Never a clean end: an error event where the format has one, else a cut connection. */
  #breakOff({ error }: Failure): void {
    const event = this.#body.breakOff(error);
    if (event === null) this.#response.destroy();
    else this.#response.end(event);
  }

  /** Settles, then says the last word, unless nobody listens any more. */
  #finish(
    outcome: Outcome,
    said: 'works' | 'failed' | 'neither',
    sayLast: () => void,
    kept?: Promise<void> | undefined,
  ): void {
    const call = this.#call;
    this.#over = true;
    clearTimeout(this.#totalTimer);
    if (this.#silence) clearTimeout(this.#silence);
    this.#decoder?.close();
    this.#leave(said);
    if (this.#draining) call.parts.underway.leave();
    if (call.held) call.parts.checkpoints.forget(call.id);
    if (call.captures.length > 0) call.discardCaptures(isPaid(call, outcome) ? 'charged' : 'failed');
    // What nobody wants any more is thrown away, so that the connection can be used again.
    if (!call.request.complete) call.request.resume();
    if (call.trace !== null)
      traceAttempt(call, this.#candidate, {
        status: this.#status,
        failed: outcome.errorCode,
        ms: this.#elapsedMs(),
      });
    const settled = settle(call, outcome);
    if (settled === undefined && kept === undefined) this.#say(sayLast);
    else
      void Promise.all([settled, kept]).then(
        () => this.#say(sayLast),
        (error: unknown) => this.#cutOff(error),
      );
  }

  /** Nobody is left to catch what fails here: it ends this call, not the process. */
  #say(lastWord: () => void): void {
    if (this.#call.closed) return;
    try {
      lastWord();
    } catch (error) {
      this.#cutOff(error);
    }
  }

  #cutOff(error: unknown): void {
    this.#call.parts.logger.error({ err: error, requestId: this.#call.id }, 'an answer could not be sent');
    this.#response.destroy();
  }

  #outcome(terminalState: TerminalState, fault: Fault, billable: Outcome['billable']): Outcome {
    return {
      statusCode: this.#status === 0 ? 499 : this.#status,
      terminalState,
      fault,
      errorCode: null,
      streamed: this.#body.isEventStream,
      responseBytes: this.#responseBytes,
      firstByteMs: this.#firstByteMs,
      tokens: this.#call.llm && this.#status < 300 ? this.#tokens() : null,
      servedModel: this.#body.servedModel,
      billable,
      textBytes: this.#body.textBytes,
    };
  }

  /** The upstream's word where it is sane, else our estimate of what was delivered. Null is not zero. */
  #tokens(): CountedTokens {
    const { usage, textBytes } = this.#body;
    const llm = this.#call.llm!;
    if (this.#unpaid !== null) {
      // What has come and was not passed on is nobody's.
      const input = usage?.inputTokens ?? estimatedInputTokens(llm.facts);
      return { input, output: estimatedOutputTokens(this.#paidTextBytes, llm), source: 'estimated' };
    }
    if (usage) {
      const { inputTokens, outputTokens, ...parts } = usage;
      return { input: inputTokens, output: outputTokens, source: 'upstream', ...parts };
    }
    const input = this.#receivedBytes > 0 ? estimatedInputTokens(llm.facts) : 0;
    return { input, output: estimatedOutputTokens(textBytes, llm), source: 'estimated' };
  }

  #faultOfStatus(): Fault {
    if (this.#status < 400) return 'none';
    return this.#status >= 500 || this.#status === 429 ? 'seller' : 'buyer';
  }
}

function onTotalTimeout(exchange: Exchange): void {
  exchange.fail(totalTimeout());
}

function onSilence(exchange: Exchange): void {
  exchange.keepAlive();
}

/** A caller who reads nothing for so long is gone; `close` does the rest. */
function onStalled(response: ServerResponse): void {
  response.destroy();
}

function flushHead(exchange: Exchange): void {
  exchange.flushHead();
}

function ignore(): void {
  // The caller has left: there is no last word.
}

function reasonOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}
