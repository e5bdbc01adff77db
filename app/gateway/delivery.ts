import type { ServerResponse } from 'node:http';
import type { HoldCheckpoint } from '../../db/schema/index.ts';
import type { AnswerBody, CapturedAnswer } from './answers/answer-body.ts';
import { AnswerKeeper } from './answers/answer-keeper.ts';
import { passBody } from './answers/pass.ts';
import type { Call } from './call.ts';
import { checkpointOf } from './checkpoint-of.ts';
import { openCoverage, type Coverage } from './coverage.ts';
import { outOfMoney, type Failure } from './failures.ts';
import { outcomeOf, partsPaid } from './outcome.ts';

/** Where the bytes of an answer come from. */
export interface Source {
  /** Nothing more comes until `resume`. */
  pause(): void;
  resume(): void;
  /** The first byte goes. */
  sendHead(): void;
  /** All has come. */
  onResponseEnd(): void;
  fail(failure: Failure): void;
}

/** The caller's side of one answer: how far it is paid for, how fast it is read, and what of it has gone. */
export class Delivery {
  /** Of the upstream; 0: none has come. */
  status = 0;
  body: AnswerBody = passBody;
  firstByteMs: number | null = null;
  /** Bytes that came, and that were passed on. */
  receivedBytes = 0;
  responseBytes = 0;
  /** The caller has something of this answer. */
  begun = false;
  /** The caller has left, and the upstream is read to its end all the same. */
  drained = false;
  /** Of the text that was passed on. */
  paidTextBytes = 0;
  /** Kept back until the call is settled, or its end is known. */
  last: Buffer | null = null;

  readonly #call: Call;
  readonly #response: ServerResponse;
  readonly #source: Source;
  /** Nothing that comes now goes to the caller. */
  #closed = false;
  /** Bytes still to come of a body of known length; -1: length unknown. */
  #remaining = -1;
  /** Null: nothing of the cost grows while the answer runs. */
  #coverage: Coverage | null = null;
  #keeper: AnswerKeeper | null = null;
  /** Not paid for yet, and so not passed on; null: nothing waits for money. */
  #unpaid: { chunks: Buffer[]; ended: boolean } | null = null;
  #stalled: NodeJS.Timeout | null = null;
  /** Bytes at the last checkpoint. */
  #checkedBytes = 0;

  constructor(call: Call, source: Source) {
    this.#call = call;
    this.#response = call.response;
    this.#source = source;
  }

  /** The body is known. @param length -1: not declared. */
  open(body: AnswerBody, length: number): void {
    this.body = body;
    this.#remaining = length;
    if (this.status < 300 && !body.buffered) this.#coverage = openCoverage(this.#call);
  }

  /** Somebody wants a copy. */
  keep(about: Omit<CapturedAnswer, 'body'>): void {
    this.#keeper = new AnswerKeeper(this.#call, about);
  }

  /** Passes on what is paid for; the rest waits, and so does the upstream, until it is. */
  deliver(chunk: Buffer): void {
    if (this.#coverage === null || this.drained) {
      this.passOn(chunk);
      return;
    }
    if (this.#unpaid !== null) {
      this.#unpaid.chunks.push(chunk);
      return;
    }
    const progress = this.#progressWith(chunk.length);
    if (this.#coverage.covers(progress)) {
      this.paidTextBytes = progress.textBytes;
      this.passOn(chunk);
      return;
    }
    this.#unpaid = { chunks: [chunk], ended: false };
    this.#source.pause();
    void this.#secure(this.#coverage, chunk.length);
  }

  passOn(chunk: Buffer): void {
    if (this.#remaining !== -1) {
      this.#remaining -= chunk.length;
      // Also of a call that costs nothing: the end follows in the same turn, and goes with it in one write.
      if (this.#remaining <= 0) {
        this.last = chunk;
        return;
      }
    }
    this.#write(chunk);
  }

  #write(chunk: Buffer): void {
    this.#keeper?.add(chunk);
    if (this.drained) return;
    if (!this.begun) this.#source.sendHead();
    if (this.responseBytes === 0) this.#watch();
    this.responseBytes += chunk.length;
    if (this.#response.write(chunk) || this.#stalled) return;
    this.#source.pause();
    this.#stalled = setTimeout(onStalled, this.#call.parts.limits.callerIdleMs, this.#response);
    this.#response.once('drain', this.#onDrain);
  }

  #onDrain = (): void => {
    if (this.#stalled) clearTimeout(this.#stalled);
    this.#stalled = null;
    if (this.#unpaid === null) this.#source.resume();
  };

  /** True while the caller reads nothing. */
  get stalled(): boolean {
    return this.#stalled !== null;
  }

  // --- money -----------------------------------------------------------------------------------

  #progressWith(bytes: number) {
    const { usage, textBytes } = this.body;
    return { textBytes, outputTokens: usage?.outputTokens ?? 0, responseBytes: this.responseBytes + bytes };
  }

  async #secure(coverage: Coverage, bytes: number): Promise<void> {
    const refusal = await coverage.secure(this.#progressWith(bytes));
    const unpaid = this.#unpaid;
    if (this.#closed || unpaid === null) return;
    if (refusal !== null) {
      this.#source.fail(outOfMoney(refusal));
      return;
    }
    const all = Buffer.concat(unpaid.chunks);
    if (all.length > bytes) return void this.#secure(coverage, all.length);
    this.#unpaid = null;
    this.paidTextBytes = this.body.textBytes;
    this.passOn(all);
    if (unpaid.ended) this.#source.onResponseEnd();
    else if (!this.#stalled) this.#source.resume();
  }

  /** Something has come that is not paid for, and not passed on. */
  get isShort(): boolean {
    return this.#unpaid !== null;
  }

  /** Who dies now leaves behind how far this answer has come. */
  #watch(): void {
    const call = this.#call;
    if (!call.held || this.status >= 300) return;
    call.parts.checkpoints.watch(call.id, {
      organizationId: call.principal!.organizationId,
      describe: () => this.#checkpoint(),
    });
  }

  #checkpoint(): HoldCheckpoint | null {
    if (this.#closed || this.responseBytes === this.#checkedBytes) return null;
    this.#checkedBytes = this.responseBytes;
    const call = this.#call;
    return checkpointOf(call, outcomeOf(call, this, 'truncated', 'platform', partsPaid(call, this)));
  }

  // --- the end ---------------------------------------------------------------------------------

  /** True when the end, too, has to wait for money; `onResponseEnd` follows once more. */
  isEndPutOff(): boolean {
    if (this.#unpaid === null) return false;
    this.#unpaid.ended = true;
    return true;
  }

  /** What goes last, with what was kept back. */
  finish(rest: Buffer): Buffer {
    const kept = this.last;
    const last = kept === null ? rest : rest.length === 0 ? kept : Buffer.concat([kept, rest]);
    if (last.length > 0) this.#keeper?.add(last);
    if (!this.drained) this.responseBytes += last.length;
    return last;
  }

  /** The answer was whole; a promise when somebody who wants a copy must be waited for. */
  handOutCopies(): Promise<void> | undefined {
    return this.#keeper?.complete();
  }

  /** Nobody is waited for any more; a timer left behind would keep the whole call in memory. */
  loseCaller(): void {
    if (this.#stalled) clearTimeout(this.#stalled);
  }

  /** Reads on for the upstream's bill alone. */
  drain(): void {
    this.drained = true;
    const unpaid = this.#unpaid;
    if (this.#stalled || unpaid) this.#source.resume();
    this.#unpaid = null;
    if (unpaid?.ended) this.#source.onResponseEnd();
  }

  close(): void {
    this.#closed = true;
  }
}

/** A caller who reads nothing for so long is gone; `close` does the rest. */
function onStalled(response: ServerResponse): void {
  response.destroy();
}
