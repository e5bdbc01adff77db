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
  #refusal: AppError | null = null;

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
    if (isLow && this.#refusal === null) void this.#ask(needed, progress);
    return isCovered;
  }

  /** Waits until this is paid for. @returns why it is not; null when it is. */
  async secure(progress: Progressing): Promise<AppError | null> {
    while (!this.covers(progress)) {
      if (this.#asking !== null) await this.#asking;
      else return this.#refusal;
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

  /** No more is ever needed. */
  #most(meter: Growing, { textBytes }: Progressing): number {
    const { llm } = this.#call;
    const isBounded = meter === 'output_token' && llm !== null && llm.added.isBounded;
    return isBounded ? credibleOutputTokens(textBytes, llm) : Infinity;
  }

  #ask(needed: Quantities, progress: Progressing): Promise<AppError | null> {
    this.#asking ??= this.#extend(needed, progress).then((refusal) => {
      this.#refusal = refusal;
      this.#asking = null;
      return refusal;
    });
    return this.#asking;
  }

  async #extend(needed: Quantities, progress: Progressing): Promise<AppError | null> {
    const call = this.#call;
    const cover = { ...call.cover };
    for (const meter of this.#growing) {
      const units = needed[meter] ?? 0;
      const covered = cover[meter] ?? 0;
      if (units > covered * LOW)
        cover[meter] = Math.min(this.#most(meter, progress), Math.max(covered, units) * GROWTH);
    }
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
