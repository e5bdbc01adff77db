import { AppError } from '../../lib/app-error.ts';
import type { EmbeddingDialect } from '../dialects/dialect.ts';
import type { TokenUsage } from '../dialects/neutral.ts';
import type { LlmCall } from '../llm/llm-call.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';

export interface ConvertedEmbeddingsOptions {
  upstream: EmbeddingDialect;
  caller: EmbeddingDialect;
  llm: LlmCall;
  /** What is charged where the upstream states nothing: then callers are told that. */
  estimate: (textBytes: number) => TokenUsage;
}

const EMPTY = Buffer.alloc(0);
/** A thousand long vectors as text. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Vectors of one dialect as those of another. */
export class ConvertedEmbeddings implements AnswerBody {
  readonly buffered = true;
  readonly isEventStream = false;
  readonly rewritten = true;
  readonly atBoundary = false;
  readonly textBytes = 0;
  usage: TokenUsage | null = null;
  servedModel: string | null = null;

  readonly #options: ConvertedEmbeddingsOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: ConvertedEmbeddingsOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): Buffer {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else this.#chunks = [];
    return EMPTY;
  }

  end(): AnswerEnd {
    try {
      return { state: 'complete', last: this.#convert() };
    } catch (cause) {
      const error = new AppError('upstream_error', 'The service sent an answer that cannot be read.', {
        cause,
      });
      return { state: 'failed', last: EMPTY, error };
    }
  }

  breakOff(): null {
    return null;
  }

  #convert(): Buffer {
    const { upstream, caller, llm, estimate } = this.#options;
    const body: unknown = JSON.parse(Buffer.concat(this.#chunks).toString('utf8'));
    this.#chunks = [];
    const request = caller.parseRequest(llm.members, { model: llm.model, stream: false });
    const answer = upstream.parseAnswer(body);
    this.usage = answer.usage;
    this.servedModel = answer.model || null;
    const usage = answer.usage ?? estimate(0);
    return Buffer.from(JSON.stringify(caller.renderAnswer({ ...answer, usage }, request)));
  }
}
