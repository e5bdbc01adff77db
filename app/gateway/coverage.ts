/** Keeps what is set aside for a running answer ahead of what goes to its caller. */
import type { Quantities } from '../domain/metering/index.ts';
import { AppError, isAppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { holdMore } from './hold.ts';
import { credibleOutputTokens, heldInputTokens } from './llm/estimate-tokens.ts';
import { mostOf, streams } from './quantities.ts';

/** What has been delivered, and is about to be. */
export interface Progressing {
  textBytes: number;
  /** As the upstream states so far; 0 where it does not. */
  outputTokens: number;
  responseBytes: number;
}

type Growing = 'output_token' | 'response_byte' | 'millisecond';

/** More is asked for when less than this part of what was set aside is left. */
const LOW = 0.5;
/** Each time as much again as was used, so that long answers ask seldom. */
const GROWTH = 2;
const NEXT_MS = 1_000;

/** Null where nothing of an answer's cost grows while it runs. */
export function openCoverage(call: Call): Coverage | null {
  if (!call.held || !call.charges) return null;
  const { meters } = call.price!.price;
  const growing: Growing[] = [];
  if (streams(call) && (meters.has('output_token') || meters.has('reasoning_token')))
    growing.push('output_token');
  if (meters.has('response_byte')) growing.push('response_byte');
  if (meters.has('millisecond')) growing.push('millisecond');
  return growing.length === 0 ? null : new Coverage(call, growing);
}

export class Coverage {
  readonly #call: Call;
  readonly #growing: readonly Growing[];
  /** Under way. */
  #asking: Promise<AppError | null> | null = null;
  /** There is no money for as much as would be asked for in good time: only for what is needed next, if at all. */
  #isTight = false;

  constructor(call: Call, growing: readonly Growing[]) {
    this.#call = call;
    this.#growing = growing;
  }

  /** True when all this is paid for; more is asked for in good time. */
  covers(progress: Progressing): boolean {
    const needed = this.#needed(progress);
    const { cover } = this.#call;
    let isCovered = true;
    let isLow = false;
    for (const meter of this.#growing) {
      const units = needed[meter] ?? 0;
      const covered = cover[meter] ?? 0;
      if (units > covered) isCovered = false;
      if (units > covered * LOW && covered < this.#most(meter, progress)) isLow = true;
    }
    if (isLow && !this.#isTight) void this.#ask(this.#ahead(needed, progress));
    return isCovered;
  }

  /** Waits until this is paid for. @returns why it is not; null when it is. */
  async secure(progress: Progressing): Promise<AppError | null> {
    for (let failures = 0; !this.covers(progress);) {
      // Of what is asked for ahead less may do; what is needed may not be refused.
      const isLast = this.#isTight;
      const error = await (this.#asking ?? this.#ask(this.#next(progress)));
      if (error !== null && (isLast || ++failures > 1)) return error;
    }
    return null;
  }

  #needed({ textBytes, outputTokens, responseBytes }: Progressing): Quantities {
    const { llm } = this.#call;
    const delivered = Math.max(outputTokens, heldInputTokens({ textBytes, images: 0 }));
    return {
      output_token: llm ? Math.min(delivered, credibleOutputTokens(textBytes, llm)) : 0,
      response_byte: responseBytes,
      millisecond: Math.ceil(this.#call.elapsedMs()),
    };
  }

  /** No less will do. Time goes on while it is asked for. */
  #next(progress: Progressing): Quantities {
    const needed = this.#needed(progress);
    return { ...needed, millisecond: (needed.millisecond ?? 0) + NEXT_MS };
  }

  /** No more is ever needed. */
  #most(meter: Growing, { textBytes }: Progressing): number {
    const { llm } = this.#call;
    const isBounded = meter === 'output_token' && llm !== null && llm.added.isBounded;
    return isBounded ? credibleOutputTokens(textBytes, llm) : Infinity;
  }

  #ahead(needed: Quantities, progress: Progressing): Quantities {
    const { cover } = this.#call;
    const ahead: Quantities = {};
    for (const meter of this.#growing) {
      const units = needed[meter] ?? 0;
      const covered = cover[meter] ?? 0;
      if (units > covered * LOW)
        ahead[meter] = Math.min(this.#most(meter, progress), Math.max(covered, units) * GROWTH);
    }
    return ahead;
  }

  #ask(wanted: Quantities): Promise<AppError | null> {
    this.#asking ??= this.#extend(wanted).then((error) => {
      this.#isTight ||= error?.status === 402;
      this.#asking = null;
      return error;
    });
    return this.#asking;
  }

  async #extend(wanted: Quantities): Promise<AppError | null> {
    const call = this.#call;
    const cover = { ...call.cover };
    for (const meter of this.#growing) cover[meter] = Math.max(cover[meter] ?? 0, wanted[meter] ?? 0);
    const { price } = call.price!;
    const more = mostOf(price, call.model, cover) - call.heldNanos;
    try {
      if (price.isCounted) return await holdMore(call, 'extend', 0n, cover);
      if (more > 0n) return await holdMore(call, 'extend', more, cover);
      // What was held for a dearer model is enough.
      call.cover = cover;
      return null;
    } catch (error) {
      return isAppError(error)
        ? error
        : new AppError('internal', 'More money could not be held.', { cause: error });
    }
  }
}
