/** A whole JSON answer of one dialect as one of another, or as the stream that the caller asked for. */
import { AppError, isAppError } from '../../lib/app-error.ts';
import type { Dialect, ErrorContext } from '../dialects/dialect.ts';
import type { NeutralAnswer, NeutralRequest, TokenUsage } from '../dialects/neutral.ts';
import type { AnswerBody, AnswerEnd } from './answer-body.ts';
import { ownToolNames } from '../llm/tool-names.ts';
import { eventsOfAnswer } from './events-of-answer.ts';
import { nameAnswer } from './name-answer.ts';

export interface ConvertedJsonOptions {
  upstream: Dialect;
  caller: Dialect;
  request: NeutralRequest;
  context: ErrorContext;
  /** The caller reads server-sent events, although the upstream sent none. */
  asEvents: boolean;
  /** What is charged where the upstream states nothing: then callers are told that. */
  estimate?: (textBytes: number) => TokenUsage;
}

const EMPTY = Buffer.alloc(0);
/** Pictures come as base64 in the answer; beyond this nothing real does. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export class ConvertedJson implements AnswerBody {
  readonly buffered = true;
  readonly isEventStream: boolean;
  readonly rewritten = true;
  /** It goes in one piece, with its cost in the head. */
  readonly atBoundary = false;
  usage: TokenUsage | null = null;
  textBytes = 0;
  servedModel: string | null = null;

  readonly #options: ConvertedJsonOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: ConvertedJsonOptions) {
    this.#options = options;
    this.isEventStream = options.asEvents;
  }

  push(chunk: Buffer): Buffer {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else this.#chunks = [];
    return EMPTY;
  }

  /** What cannot be read, or is an error inside a 200, is `failed`, and nothing of it is sent. */
  end(): AnswerEnd {
    try {
      return { state: 'complete', last: this.#convert() };
    } catch (error) {
      return { state: 'failed', last: EMPTY, error: asUpstreamError(error) };
    }
  }

  breakOff(): null {
    return null;
  }

  #convert(): Buffer {
    if (this.#bytes > MAX_ANSWER_BYTES)
      throw new AppError('upstream_error', 'The service’s answer is too long to be converted.');
    const { upstream, request, context, estimate } = this.#options;
    const body: unknown = JSON.parse(Buffer.concat(this.#chunks).toString('utf8'));
    this.#chunks = [];
    this.usage = upstream.readUsage(body);
    this.textBytes = upstream.answerTextBytes(body);
    this.servedModel = upstream.readServedModel(body);
    const answer = nameAnswer(upstream.parseAnswer(body), context.requestId, request.model);
    renameCalls(answer, ownToolNames(request, upstream.toolName));
    const usage = this.usage ?? estimate?.(this.textBytes) ?? null;
    return Buffer.from(this.#render({ ...answer, usage }));
  }

  #render(answer: NeutralAnswer): string {
    const { caller, request, asEvents } = this.#options;
    if (!asEvents) return JSON.stringify(caller.renderAnswer(answer, request));
    const writer = caller.openWriter(request);
    let stream = '';
    for (const event of eventsOfAnswer(answer)) stream += writer.write(event);
    return stream;
  }
}

/** Tools are called by the names that the caller gave them. */
function renameCalls({ choices }: NeutralAnswer, names: ReadonlyMap<string, string> | null): void {
  if (names === null) return;
  for (const part of choices.flatMap(({ parts }) => parts))
    if (part.type === 'tool_call') part.name = names.get(part.name) ?? part.name;
}

function asUpstreamError(error: unknown): AppError {
  return isAppError(error)
    ? error
    : new AppError('upstream_error', 'The service sent an answer that cannot be read.', { cause: error });
}
