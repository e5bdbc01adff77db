/**
 * One attempt at an upstream, from dispatch to the last byte: bytes go on as they come, a slow reader
 * slows the upstream, whoever leaves first ends it for both. An attempt that fails before the caller has
 * a byte may hand over to another; whatever happens, the call is settled exactly once.
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { toDecimal } from '../lib/money.ts';
import type { AppError } from '../lib/app-error.ts';
import type { AnswerEnd } from './answers/answer-body.ts';
import { answerBodyFor, eventsFor } from './answers/index.ts';
import { passBody } from './answers/pass.ts';
import { takeRetry, takeSecondTry, traceAttempt, type Progress } from './attempts.ts';
import type { Call } from './call.ts';
import { composeHead } from './compose-head.ts';
import { Decoder, takeCoding, type Reader } from './decoder.ts';
import { Delivery, type Source } from './delivery.ts';
import { sendError } from './errors.ts';
import { classifyFailure, credentialRefused, endedEarly, totalTimeout, type Failure } from './failures.ts';
import { forwardAgain, sendAgain } from './forward.ts';
import type { HeaderRules } from './headers.ts';
import { breakOff, cutOff, endWith, say, withCost } from './last-word.ts';
import type { SecretMask } from './mask-secret.ts';
import { mayOpen, openStream } from './open-stream.ts';
import { outcomeAtEnd, outcomeOf, outcomeOfBroken, outcomeWithoutCaller } from './outcome.ts';
import { leaveCandidate } from './pool/health.ts';
import type { Verdict } from './pool/verdict.ts';
import { abort, openRefusal, type Refusal } from './refusal.ts';
import type { RequestBody } from './request-body.ts';
import type { AnswerHeaders, ReturnedHeaders } from './response-headers.ts';
import { rewriteLocation } from './rewrite-location.ts';
import type { Candidate } from './routing/candidate.ts';
import { rememberMaker } from './routing/response-makers.ts';
import { chargeOf, isPaid, settle, undelivered, type Outcome } from './settle.ts';

const EMPTY = Buffer.alloc(0);
const KEEP_ALIVE = ': keep-alive\n\n';
const NO_BODY_STATUS = new Set([204, 205, 304]);

/** What an attempt says about its upstream. */
type Said = 'works' | 'failed' | 'neither';

export class Exchange implements Dispatcher.DispatchHandler, ReturnedHeaders, Reader, Source {
  readonly rules: HeaderRules;
  withoutLength = false;

  readonly #call: Call;
  readonly #candidate: Candidate;
  readonly #response: ServerResponse;
  readonly #dropped: readonly string[];
  readonly #upload: RequestBody | null;
  readonly #delivery: Delivery;
  readonly #startedAt = performance.now();
  readonly #totalTimer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  /** Settled, being settled, or handed over: nothing that comes now goes to the caller. */
  #over = false;
  #mask: SecretMask | null = null;
  /** What comes is compressed, and must be read to be masked. */
  #decoder: Decoder | null = null;
  /** The answer, when it is one, or may be. */
  #refusal: Refusal | null = null;
  #head: string[] = [];
  /** Of an event stream, in this turn of the event loop. */
  #arrived: Buffer[] = [];
  #silence: NodeJS.Timeout | null = null;

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
    this.#delivery = new Delivery(call, this);
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
    this.#delivery.firstByteMs = Math.round(this.#call.elapsedMs());
    this.#delivery.status = status;
    if (status < 400) this.#answersWell();
    else if (this.#isRefusal(status, headers)) return;
    this.#begin(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#refusal !== null && !this.#readOn(this.#refusal, chunk)) return;
    if (!this.#over) this.#take(chunk);
  }

  onResponseEnd(): void {
    if (this.#refusal !== null) this.#closeRefusal(this.#refusal);
    this.takeArrived();
    if (this.#over) return;
    if (this.#decoder !== null) this.#decoder.end();
    else if (!this.#delivery.isEndPutOff()) this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#refusal !== null) this.#closeRefusal(this.#refusal);
    this.takeArrived();
    if (this.#over) return;
    const failure = classifyFailure(error);
    if (failure.fault === 'seller') {
      const { call, reason } = { call: this.#call, reason: reasonOf(error) };
      call.parts.logger.info(
        { requestId: call.id, serviceId: call.service!.id, upstreamId: this.#candidate.upstream.id, reason },
        'an upstream failed',
      );
      if (this.#delivery.status === 0 && this.#isRepeated(error, failure.error.code)) return;
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
  #isRefusal(status: number, headers: AnswerHeaders): boolean {
    const refusal = openRefusal(this.#call, this.#candidate, status, headers);
    this.#refusal = refusal;
    if (refusal === null) return false;
    return refusal.decides || this.#refuse(refusal);
  }

  #refuse({ verdict, isSellers }: Refusal): boolean {
    if (this.#handOver(verdict.kind === 'failed' ? 'failed' : 'refused', verdict, null)) return true;
    if (!isSellers) return false;
    this.fail(credentialRefused(this.#delivery.status));
    return true;
  }

  /** A refusal is read for what it says, and no further than that where another attempt has taken over. */
  #readOn(refusal: Refusal, chunk: Buffer): boolean {
    const isEnough = refusal.add(chunk);
    if (isEnough) this.#judge(refusal);
    if (isEnough && this.#over) abort(this.#controller);
    return !refusal.decides;
  }

  #closeRefusal(refusal: Refusal): void {
    refusal.close();
    this.#judge(refusal);
  }

  #judge(refusal: Refusal): void {
    const said = refusal.judge();
    if (said === null || !refusal.decides || this.#over) return;
    if (refusal.verdict.kind !== 'fine' && this.#refuse(refusal)) return;
    this.#refusal = null;
    this.#begin(this.#delivery.status, refusal.headers);
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
    this.#refusal?.finishWithin(this.#controller);
    forwardAgain(call);
    return true;
  }

  #giveUp(said: Said, failed: string | null): void {
    this.#leave(said);
    this.#trace(failed);
  }

  /** Once: nothing of this attempt goes to the caller any more, and it says this about its upstream. */
  #leave(said: Said): void {
    this.#over = true;
    this.#delivery.close();
    clearTimeout(this.#totalTimer);
    if (this.#silence) clearTimeout(this.#silence);
    this.#decoder?.close();
    leaveCandidate(this.#candidate);
    this.#upload?.destroy();
    const { breaker } = this.#candidate.upstream.state;
    if (said === 'failed') breaker.failed(this.#call.principal!.organizationId, this.#call.parts.clock.now());
    else if (said === 'works') breaker.succeeded();
    else breaker.left();
  }

  #trace(failed: string | null): void {
    const { status } = this.#delivery;
    traceAttempt(this.#call, this.#candidate, { status, failed, ms: this.#elapsedMs() });
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  // --- the head --------------------------------------------------------------------------------

  #begin(status: number, headers: AnswerHeaders): void {
    const call = this.#call;
    const isEmpty = call.method === 'HEAD' || NO_BODY_STATUS.has(status) || headers['content-length'] === '0';
    const { service, credential } = this.#candidate;
    this.#mask = credential.secret!.openMask(service.proxySecret);
    if (this.#mask !== null && headers['content-encoding'] !== undefined && !this.#decodes(headers, isEmpty))
      return;
    const body = call.opened ? eventsFor(call, status, headers) : answerBodyFor(call, status, headers);
    this.withoutLength = body.rewritten || body.buffered;
    if (this.#silence) clearTimeout(this.#silence);
    this.#silence = body.isEventStream ? setTimeout(onSilence, call.parts.limits.keepAliveMs, this) : null;
    const length = headers['content-length'];
    const isKnown = body === passBody && typeof length === 'string' && !isEmpty;
    this.#delivery.open(body, isKnown ? Number(length) : -1);
    const upstreamMs = this.#elapsedMs();
    const cost = this.#costInAdvance(isEmpty);
    const parts = { status, headers, body, upstreamMs, cost, dropped: this.#dropped };
    const { head, storable } = composeHead(call, this, parts);
    this.#head = head;
    if (call.captures.length > 0) {
      const { isEventStream } = body;
      const setsCookie = headers['set-cookie'] !== undefined;
      this.#delivery.keep({ status, headers: storable, isEventStream, setsCookie });
    }
    // Without a body the head is the last byte, and that one waits for the settle.
    if (!body.buffered && !(call.held && isEmpty)) this.sendHead();
  }

  /** Known before the body comes unless tokens are counted. */
  #costInAdvance(isEmpty: boolean): string | null {
    const { charges, held, price } = this.#call;
    const delivery = this.#delivery;
    if (!charges || !held || delivery.status >= 300) return '0.00';
    const { meters, isCounted } = price!.price;
    if (isCounted || meters.size !== 1 || !meters.has('call') || delivery.body.buffered) return null;
    const billable = isEmpty ? 'nothing' : 'whole';
    return toDecimal(chargeOf(this.#call, outcomeOf(this.#call, delivery, 'complete', 'none', billable)));
  }

  sendHead(): void {
    if (this.#call.closed) return;
    this.#delivery.begun = true;
    if (this.#delivery.body.isEventStream) this.#call.llm?.forget();
    if (this.#response.headersSent) return;
    this.#response.writeHead(this.#delivery.status, this.#head);
    // With the first chunk, when that came in the same packet; at once when it did not.
    process.nextTick(flushHead, this);
  }

  /** Lets the head go although no body has come yet; not when head and body wait for the settle together. */
  flushHead(): void {
    this.takeArrived();
    const response = this.#response;
    const { last, responseBytes } = this.#delivery;
    if (this.#over || last !== null || responseBytes > 0) return;
    if (!response.destroyed && !response.writableEnded) response.flushHeaders();
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

  #take(chunk: Buffer): void {
    this.#silence?.refresh();
    if (this.#decoder !== null) this.#decoder.write(chunk);
    else if (!this.#delivery.body.isEventStream) this.decoded(chunk);
    else {
      this.#arrived.push(chunk);
      if (this.#arrived.length === 1) process.nextTick(takeArrived, this);
    }
  }

  /** Events that came in one read go on in one piece: each of them alone would cost nearly as much as all. */
  takeArrived(): void {
    const arrived = this.#arrived;
    if (arrived.length === 0) return;
    this.#arrived = [];
    this.decoded(arrived.length === 1 ? arrived[0]! : Buffer.concat(arrived));
  }

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
    if (this.#over) return;
    const delivery = this.#delivery;
    delivery.receivedBytes += chunk.length;
    let passed: Buffer;
    try {
      passed = delivery.body.push(this.#mask === null ? chunk : this.#mask.push(chunk));
    } catch (error) {
      this.fail(classifyFailure(error as Error));
      return;
    }
    if (passed.length > 0) delivery.deliver(passed);
  }

  decodedAll(): void {
    this.#decoder = null;
    this.onResponseEnd();
  }

  cannotDecode(error: AppError): void {
    this.fail(classifyFailure(error));
  }

  pause(): void {
    if (this.#decoder === null) this.#controller?.pause();
    else this.#decoder.pause();
  }

  resume(): void {
    if (this.#decoder === null) this.#controller?.resume();
    else this.#decoder.resume();
  }

  /** A comment keeps proxies and clients from giving up; only where no event is under way. */
  keepAlive(): void {
    const { begun, body, drained, stalled } = this.#delivery;
    if (this.#over || drained) return;
    this.#silence = setTimeout(onSilence, this.#call.parts.limits.keepAliveMs, this);
    if (begun ? body.atBoundary && !stalled : this.#isOpen()) this.#response.write(KEEP_ALIVE);
  }

  /** A stream is open to the caller before anything of it has come; not when it may become something else. */
  #isOpen(): boolean {
    const { status, body } = this.#delivery;
    if (this.#call.closed || (status !== 0 && !body.isEventStream)) return false;
    if (!this.#call.opened) openStream(this.#call, this);
    return true;
  }

  // --- the end ---------------------------------------------------------------------------------

  #end(): void {
    const delivery = this.#delivery;
    let end: AnswerEnd;
    try {
      const rest = this.#mask === null ? EMPTY : this.#mask.finish();
      if (rest.length > 0) delivery.passOn(delivery.body.push(rest));
      end = delivery.body.end();
    } catch (error) {
      this.fail(classifyFailure(error as Error));
      return;
    }
    if (end.state === 'truncated') this.fail(endedEarly());
    // Nothing of it can be sent: the answer is ours.
    else if (end.state === 'failed' && end.error && !delivery.begun) this.fail(classifyFailure(end.error));
    else this.#complete(end);
  }

  #complete({ state, last: rest }: AnswerEnd): void {
    const delivery = this.#delivery;
    const last = delivery.finish(rest);
    const outcome = outcomeAtEnd(this.#call, delivery, state);
    const { buffered } = delivery.body;
    if (buffered && !this.#response.headersSent) this.#head.push('content-length', `${last.length}`);
    this.#measureThroughput(outcome);
    const { storedId } = delivery.body;
    if (storedId) rememberMaker(this.#call, this.#candidate, storedId);
    const kept = state === 'failed' ? undefined : delivery.handOutCopies();
    this.#finish(
      outcome,
      this.#saidBy(state),
      () => {
        if (!this.#response.headersSent) {
          if (buffered) this.#appendCost();
          this.#response.writeHead(delivery.status, this.#head);
        }
        const said = withCost(this.#call, delivery.body, outcome, last);
        endWith(this.#response, said, said?.length === delivery.responseBytes);
      },
      kept,
    );
  }

  #saidBy(state: AnswerEnd['state']): Said {
    if (state === 'failed' || this.#refusal?.verdict.kind === 'failed') return 'failed';
    if (this.#refusal !== null) return 'neither';
    if (this.#delivery.status < 400) this.#call.parts.marker.worked(this.#candidate);
    return 'works';
  }

  /** The whole answer is here before its head has gone. */
  #appendCost(): void {
    const { held, chargedNanos } = this.#call;
    if (held && this.#delivery.status < 300) this.#head.push('x-tollgate-cost', toDecimal(chargedNanos));
  }

  #measureThroughput({ tokens, firstByteMs }: Outcome): void {
    if (tokens === null || tokens.output === 0 || firstByteMs === null) return;
    const seconds = Math.max(1, this.#call.elapsedMs() - firstByteMs) / 1_000;
    this.#candidate.upstream.state.tokensPerSecond.add(tokens.output / seconds, this.#call.parts.clock.now());
  }

  /** Ends the call because of `failure`: with an error answer, or visibly broken off when one has begun. */
  fail(failure: Failure): void {
    if (this.#over) return;
    const call = this.#call;
    const delivery = this.#delivery;
    const { error, fault } = failure;
    call.parts.logger.debug({ requestId: call.id, code: error.code }, 'a call failed');
    const said = fault === 'seller' && this.#refusal?.isSellers !== true ? 'failed' : 'neither';
    if (delivery.drained) {
      this.#finish(outcomeWithoutCaller(call, delivery, true), said, ignore);
    } else if (!delivery.begun) {
      const outcome = undelivered(error.status, failure.terminalState, fault, error.code);
      const { firstByteMs } = delivery;
      this.#finish({ ...outcome, firstByteMs }, said, () => sendError(call, error));
    } else {
      const outcome = outcomeOfBroken(call, delivery, failure);
      this.#finish(outcome, said, () => breakOff(this.#response, delivery.body, failure));
    }
    if (this.#refusal !== null) this.#refusal.finishWithin(this.#controller);
    else this.#controller?.abort(error);
  }

  #onCallerGone = (): void => {
    this.#delivery.loseCaller();
    if (this.#over) return;
    if (this.#mayDrain()) {
      this.#call.parts.underway.enter();
      if (this.#silence) clearTimeout(this.#silence);
      this.#silence = null;
      this.#delivery.drain();
      return;
    }
    this.#finish(outcomeWithoutCaller(this.#call, this.#delivery, false), 'neither', ignore);
    this.#controller?.abort(new Error('the caller has left'));
  };

  /** Where the upstream bills the whole answer anyway, it is read to its end, and paid for. */
  #mayDrain(): boolean {
    const isDrained = this.#candidate.upstream.abandonPolicy === 'drain';
    return isDrained && this.#call.llm !== null && this.#controller !== null && this.#delivery.status < 300;
  }

  /** Settles, then says the last word, unless nobody listens any more. */
  #finish(outcome: Outcome, said: Said, lastWord: () => void, kept?: Promise<void> | undefined): void {
    const call = this.#call;
    this.#leave(said);
    if (this.#delivery.drained) call.parts.underway.leave();
    if (call.held) call.parts.checkpoints.forget(call.id);
    if (call.captures.length > 0) call.discardCaptures(isPaid(call, outcome) ? 'charged' : 'failed');
    // What nobody wants any more is thrown away, so that the connection can be used again.
    if (!call.request.complete) call.request.resume();
    if (call.trace !== null) this.#trace(outcome.errorCode);
    const settled = settle(call, outcome);
    if (settled === undefined && kept === undefined) this.#sayInTurn(lastWord);
    else
      void Promise.all([settled, kept]).then(
        () => say(call, lastWord),
        (error: unknown) => cutOff(call, error),
      );
  }

  /** With what this turn says to others; with the rest of this answer where some of that is still to be sent. */
  #sayInTurn(lastWord: () => void): void {
    const call = this.#call;
    const isUnderway = (call.response.socket?.writableCorked ?? 0) > 0;
    if (isUnderway) say(call, lastWord);
    else call.parts.endOfTurn.add(() => say(call, lastWord));
  }
}

function onTotalTimeout(exchange: Exchange): void {
  exchange.fail(totalTimeout());
}

function takeArrived(exchange: Exchange): void {
  exchange.takeArrived();
}

function onSilence(exchange: Exchange): void {
  exchange.keepAlive();
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
