/**
 * One call's conversation with its upstream, from dispatch to the last byte: bytes go on as they come,
 * a slow reader slows the upstream, whoever leaves first ends it for both, and whatever happens the
 * call is settled exactly once.
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Fault, TerminalState } from '../../db/schema/index.ts';
import { toDecimal } from '../lib/money.ts';
import type { AnswerBody, AnswerEnd } from './answers/answer-body.ts';
import { answerBodyFor } from './answers/index.ts';
import { passBody } from './answers/pass.ts';
import type { Call } from './call.ts';
import { appendCorsHeaders, isAllowedOrigin } from './cors.ts';
import { sendError } from './errors.ts';
import { classifyFailure, credentialRefused, totalTimeout, type Failure } from './failures.ts';
import type { HeaderRules } from './headers.ts';
import { appendLimitHeaders } from './limit-headers.ts';
import { estimatedInputTokens, estimatedOutputTokens } from './llm/estimate-tokens.ts';
import {
  appendBrowserGuards,
  copyReturnable,
  type AnswerHeaders,
  type ReturnedHeaders,
} from './response-headers.ts';
import { rewriteLocation } from './rewrite-location.ts';
import { chargeOf, settle, undelivered, type Outcome } from './settle.ts';

const EMPTY = Buffer.alloc(0);
const KEEP_ALIVE = ': keep-alive\n\n';
const NO_BODY_STATUS = new Set([204, 205, 304]);

export class Exchange implements Dispatcher.DispatchHandler, ReturnedHeaders {
  readonly rules: HeaderRules;
  withoutLength = false;

  readonly #call: Call;
  readonly #response: ServerResponse;
  readonly #totalTimer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  /** Settled, or being settled: nothing that comes now counts. */
  #over = false;
  #body: AnswerBody = passBody;
  #status = 0;
  #head: string[] = [];
  #firstByteMs: number | null = null;
  #responseBytes = 0;
  /** Bytes still to come of a body of known length; -1: length unknown. */
  #remaining = -1;
  /** Kept back until the call is settled. */
  #last: Buffer | null = null;
  #silence: NodeJS.Timeout | null = null;
  #stalled: NodeJS.Timeout | null = null;

  constructor(call: Call) {
    this.#call = call;
    this.#response = call.response;
    this.rules = call.parts.headerRules;
    call.onCallerGone = this.#onCallerGone;
    this.#totalTimer = setTimeout(onTotalTimeout, call.upstream!.totalTimeoutMs, this);
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
    if (status === 401 || status === 403 || status === 407) {
      this.fail(credentialRefused(status));
      return;
    }
    const contentType = typeof headers['content-type'] === 'string' ? headers['content-type'] : '';
    this.#body = answerBodyFor(this.#call, status, headers);
    this.withoutLength = this.#body.rewritten || this.#body.buffered;
    this.#begin(headers);
    this.#head = this.#composeHead(contentType, headers);
    // Without a body the head is the last byte, and that one waits for the settle.
    if (!this.#body.buffered && !(this.#call.heldNanos > 0n && this.#isEmpty(headers))) this.#sendHead();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#silence?.refresh();
    let passed: Buffer;
    try {
      passed = this.#body.push(chunk);
    } catch (error) {
      this.fail(classifyFailure(error as Error));
      return;
    }
    if (passed.length > 0) this.#passOn(passed);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    let end: AnswerEnd;
    try {
      end = this.#body.end();
    } catch (error) {
      this.fail(classifyFailure(error as Error));
      return;
    }
    if (end.state === 'truncated') {
      this.fail({ ...classifyFailure(new Error('the stream ended early')), terminalState: 'truncated' });
      return;
    }
    if (end.last.length > 0) this.#last = this.#last ? Buffer.concat([this.#last, end.last]) : end.last;
    // The upstream has told the caller what went wrong, in its own words.
    if (end.state === 'failed') this.#complete('upstream_error', 'seller');
    else this.#complete('complete', this.#faultOfStatus());
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    const failure = classifyFailure(error);
    if (failure.fault === 'seller') {
      const { id, service, upstream } = this.#call;
      this.#call.parts.logger.info(
        { requestId: id, serviceId: service!.id, upstreamId: upstream!.id, reason: reasonOf(error) },
        'an upstream failed',
      );
    }
    this.fail(failure);
  }

  // --- the head --------------------------------------------------------------------------------

  #begin(headers: AnswerHeaders): void {
    if (this.#body.isEventStream)
      this.#silence = setTimeout(onSilence, this.#call.parts.limits.keepAliveMs, this);
    const length = headers['content-length'];
    if (this.#body === passBody && typeof length === 'string' && !this.#isEmpty(headers)) {
      this.#remaining = Number(length);
    }
  }

  #composeHead(contentType: string, headers: AnswerHeaders): string[] {
    const call = this.#call;
    const head: string[] = [];
    copyReturnable(headers, head, this);
    appendBrowserGuards(
      contentType,
      headers['content-disposition'] !== undefined,
      isAllowedOrigin(call),
      head,
    );
    const upstreamMs = call.elapsedMs() - call.holdMs;
    head.push(
      'x-request-id',
      call.id,
      'x-tollgate-service',
      call.service!.slug,
      'x-tollgate-attempts',
      `${call.attempts}`,
      'server-timing',
      call.holdMs > 0
        ? `hold;dur=${call.holdMs.toFixed(1)}, upstream;dur=${upstreamMs.toFixed(1)}`
        : `upstream;dur=${upstreamMs.toFixed(1)}`,
    );
    if (this.#status >= 400) head.push('x-error-source', 'upstream');
    if (this.#silence) head.push('x-accel-buffering', 'no');
    const cost = this.#costInAdvance(headers);
    if (cost !== null) head.push('x-tollgate-cost', cost);
    appendLimitHeaders(call, head);
    appendCorsHeaders(call, head);
    return head;
  }

  /** Known before the body comes unless tokens are counted. */
  #costInAdvance(headers: AnswerHeaders): string | null {
    const { unitPrices, plan } = this.#call;
    if (unitPrices === null || this.#status >= 300) return '0.00';
    if (plan!.kind !== 'per_call' || this.#body.buffered) return null;
    return toDecimal(chargeOf(this.#call, this.#outcome('complete', 'none', !this.#isEmpty(headers))));
  }

  /** No body will come. */
  #isEmpty(headers: AnswerHeaders): boolean {
    return (
      this.#call.method === 'HEAD' || NO_BODY_STATUS.has(this.#status) || headers['content-length'] === '0'
    );
  }

  #sendHead(): void {
    if (this.#call.closed) return;
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
    return this.#call.credential!.secret!.isIn(value);
  }

  /** ReturnedHeaders: redirects inside the service stay inside the proxy, others are dropped. */
  rewriteLocation(location: string): string | null {
    return rewriteLocation(this.#call, location);
  }

  // --- the body --------------------------------------------------------------------------------

  #passOn(chunk: Buffer): void {
    if (this.#remaining !== -1) {
      this.#remaining -= chunk.length;
      if (this.#remaining <= 0 && this.#call.heldNanos > 0n) {
        this.#last = chunk;
        return;
      }
    }
    this.#write(chunk);
  }

  #write(chunk: Buffer): void {
    if (!this.#response.headersSent) this.#sendHead();
    this.#responseBytes += chunk.length;
    if (this.#response.write(chunk) || this.#stalled) return;
    this.#controller?.pause();
    this.#stalled = setTimeout(onStalled, this.#call.parts.limits.callerIdleMs, this.#response);
    this.#response.once('drain', this.#onDrain);
  }

  #onDrain = (): void => {
    if (this.#stalled) clearTimeout(this.#stalled);
    this.#stalled = null;
    this.#controller?.resume();
  };

  /** A comment keeps proxies and clients from giving up; only where no event is under way. */
  keepAlive(): void {
    if (this.#over) return;
    this.#silence?.refresh();
    if (this.#body.atBoundary && !this.#stalled && this.#response.headersSent)
      this.#response.write(KEEP_ALIVE);
  }

  // --- the end ---------------------------------------------------------------------------------

  #complete(terminalState: TerminalState, fault: Fault): void {
    if (this.#last) this.#responseBytes += this.#last.length;
    const isWhole = terminalState === 'complete' || !this.#body.buffered;
    const billable = isWhole && this.#status < 300 && this.#responseBytes > 0;
    const last = this.#last;
    const outcome = this.#outcome(terminalState, fault, billable);
    if (this.#body.buffered && !this.#response.headersSent) this.#appendTotals(outcome, last ?? EMPTY);
    this.#finish(outcome, () => {
      if (!this.#response.headersSent) this.#response.writeHead(this.#status, this.#head);
      this.#response.end(last ?? undefined);
    });
  }

  /** The whole answer is here before its head has gone. */
  #appendTotals(outcome: Outcome, body: Buffer): void {
    this.#head.push('content-length', `${body.length}`);
    if (this.#call.unitPrices !== null)
      this.#head.push('x-tollgate-cost', toDecimal(chargeOf(this.#call, outcome)));
  }

  /** Ends the call because of `failure`: with an error answer, or visibly broken off when one has begun. */
  fail(failure: Failure): void {
    if (this.#over) return;
    const { error, fault } = failure;
    this.#call.parts.logger.debug({ requestId: this.#call.id, code: error.code }, 'a call failed');
    if (!this.#response.headersSent) {
      const outcome = undelivered(error.status, failure.terminalState, fault, error.code);
      this.#finish({ ...outcome, firstByteMs: this.#firstByteMs }, () => sendError(this.#call, error));
    } else {
      const terminalState = failure.terminalState === 'upstream_error' ? 'truncated' : failure.terminalState;
      const outcome = this.#outcome(terminalState, fault, this.#isPartBillable());
      this.#finish({ ...outcome, errorCode: error.code }, () => this.#breakOff(failure));
    }
    this.#controller?.abort(error);
  }

  #onCallerGone = (): void => {
    // Nobody is waited for any more; a timer left behind would keep the whole call in memory.
    if (this.#stalled) clearTimeout(this.#stalled);
    if (this.#over) return;
    const outcome = this.#outcome('client_gone', 'buyer', this.#isPartBillable() || this.#wasServed());
    this.#finish({ ...outcome, statusCode: this.#status === 0 ? 499 : this.#status }, ignore);
    this.#controller?.abort(new Error('the caller has left'));
  };

  /** Tokens that were delivered are paid for, whatever became of the rest. */
  #isPartBillable(): boolean {
    return this.#status < 300 && this.#responseBytes > 0 && this.#call.plan!.kind === 'per_token';
  }

  /** A caller who leaves during the answer of a call with a fixed price has had the call. */
  #wasServed(): boolean {
    return this.#status >= 200 && this.#status < 300 && this.#responseBytes > 0;
  }

  /** Never a clean end: an error event where the format has one, else a cut connection. */
  #breakOff({ error }: Failure): void {
    const event = this.#body.breakOff(error);
    if (event === null) this.#response.destroy();
    else this.#response.end(event);
  }

  /** Settles, then says the last word, unless nobody listens any more. */
  #finish(outcome: Outcome, sayLast: () => void): void {
    this.#over = true;
    clearTimeout(this.#totalTimer);
    if (this.#silence) clearTimeout(this.#silence);
    const settled = settle(this.#call, outcome);
    if (settled === undefined) {
      if (!this.#call.closed) sayLast();
      return;
    }
    void settled.then(() => {
      if (!this.#call.closed) sayLast();
    });
  }

  #outcome(terminalState: TerminalState, fault: Fault, billable: boolean): Outcome {
    return {
      statusCode: this.#status,
      terminalState,
      fault,
      errorCode: null,
      streamed: this.#body.isEventStream,
      responseBytes: this.#responseBytes,
      firstByteMs: this.#firstByteMs,
      tokens: this.#call.llm && this.#status < 300 ? this.#tokens() : null,
      billable,
    };
  }

  /** The upstream's word where it is sane, else our estimate of what was delivered. Null is not zero. */
  #tokens(): Outcome['tokens'] {
    const { usage, textBytes } = this.#body;
    if (usage) return { input: usage.inputTokens, output: usage.outputTokens, source: 'upstream' };
    const llm = this.#call.llm!;
    const input = this.#responseBytes > 0 ? estimatedInputTokens(llm.facts) : 0;
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
