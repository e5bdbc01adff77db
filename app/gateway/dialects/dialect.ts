/** What a dialect can do. One folder each; `index.ts` is the register. */
import type { DialectName } from '../../lib/service-options.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { GatewayLimits } from '../limits.ts';
import type { JsonEdit } from './json-members.ts';
import type {
  NeutralAnswer,
  NeutralEmbeddingAnswer,
  NeutralEmbeddingRequest,
  NeutralEvent,
  NeutralMessage,
  NeutralRequest,
  TokenUsage,
} from './neutral.ts';

export type JsonObject = Record<string, unknown>;

/** What of a request does not stand in its body. */
export interface RequestContext {
  /** Gemini: from the path. Others: null, the body names it. */
  model: string | null;
  /** Gemini: from the path's verb. Others: null, the body says. */
  stream: boolean | null;
}

/** What the gateway has to know of every request, read cheaply; also bounds every parameter. */
export interface RequestFacts {
  model: string;
  stream: boolean;
  /** Usage was asked for; otherwise the usage event is hidden again (openai-chat, openai-completions). */
  wantsUsage: boolean;
  /** Bytes of text in prompt, tools and schemas, and how many images. */
  textBytes: number;
  images: number;
  /**
   * Input beyond that, of any length: stored responses and files, documents by address, what tools of the
   * upstream's own find.
   */
  references: number;
  /** The most output tokens of one choice; null: the caller set no bound. */
  maxOutputTokens: number | null;
  /** Where no bound can be set: what one choice comes to at most. */
  usualOutputTokens?: number;
  choices: number;
}

/** Changes to a request that stays in its dialect. */
export interface RequestEdits {
  model?: string;
  /** In front of the caller's own instructions. */
  systemPrompt?: string;
  /** Earlier messages of the conversation, in front of the caller's. */
  history?: readonly NeutralMessage[];
  /** Parameters for those the caller did not set, in the dialect's own names. */
  defaults?: Readonly<JsonObject>;
  /** Overrides `stream` (custom paths). */
  stream?: boolean;
  /** Ask for usage in the stream. */
  includeUsage?: boolean;
  maxOutputTokens?: number;
}

export interface RenderedRequest {
  body: JsonObject;
  /** Names, in the caller's words, of parameters that this dialect has not got. */
  dropped: string[];
}

/** One server-sent event. */
export interface SseEvent {
  /** `event:` field; '' when absent. */
  event: string;
  data: string;
}

/** Parses a stream of the dialect, event by event. */
export interface StreamReader {
  read(event: SseEvent): NeutralEvent[];
  /** The upstream has closed the stream: `end`, where the dialect has no terminal mark and all was said. */
  close?(): NeutralEvent[];
}

/** Renders a stream of the dialect, event by event: complete server-sent events as text. */
export interface StreamWriter {
  write(event: NeutralEvent): string;
}

/** Follows a stream that is passed on unchanged. */
export interface StreamMeter {
  /**
   * Looks at one complete event, blank line included, cheaply (bytes first, JSON only where usage, an
   * error or the end may stand). `hide`: nobody asked for it. `terminal`: it closes the answer, so it
   * waits for the settle of a paid call.
   */
  see(event: Buffer): 'pass' | 'hide' | 'terminal';
  /** Stated so far, when sane. */
  readonly usage: TokenUsage | null;
  /** Bytes of text that went by, for estimates. */
  readonly textBytes: number;
  /** Anything was generated. */
  readonly servedModel: string | null;
  /** Under which the upstream stores the answer. */
  readonly storedId?: string | null;
  /** A finish reason or terminal mark was seen. */
  readonly finished: boolean;
  /** The upstream has sent an error of its own. */
  readonly failed: boolean;
}

/** Where the error came from and what the caller's program needs of it. */
export interface ErrorContext {
  requestId: string;
  publicUrl: string;
}

export interface EmbeddingDialect {
  parseRequest(body: JsonObject, context: RequestContext): NeutralEmbeddingRequest;
  renderRequest(request: NeutralEmbeddingRequest): RenderedRequest;
  parseAnswer(body: unknown): NeutralEmbeddingAnswer;
  renderAnswer(answer: NeutralEmbeddingAnswer, request: NeutralEmbeddingRequest): JsonObject;
  /** Behind the base URL: `/embeddings`. */
  path(model: string): string;
}

export interface Dialect {
  readonly name: DialectName;
  /**
   * @throws AppError `invalid_request`; the first issue names the parameter.
   */
  readFacts(body: JsonObject, context: RequestContext, limits: GatewayLimits): RequestFacts;
  /** Members that must not stand twice in the body: one parser would read the first, another the last. */
  readonly onceOnly: readonly string[];
  /** Edits of top-level members that make these changes; every other byte stays. */
  edit(body: JsonObject, edits: RequestEdits): JsonEdit[];

  /** The whole request. @throws AppError `invalid_request`. */
  parseRequest(body: JsonObject, context: RequestContext): NeutralRequest;
  renderRequest(request: NeutralRequest): RenderedRequest;
  /** Names of tools that are taken in requests. */
  readonly toolName: RegExp;
  /** Path behind the base URL, with a query where the dialect wants one: `/models/x:streamGenerateContent?alt=sse`. */
  requestPath(model: string, stream: boolean): string;

  parseAnswer(body: unknown): NeutralAnswer;
  renderAnswer(answer: NeutralAnswer, request: NeutralRequest): JsonObject;
  openReader(): StreamReader;
  openWriter(request: NeutralRequest): StreamWriter;

  /** Of a whole, parsed answer. */
  readUsage(answer: unknown): TokenUsage | null;
  readServedModel(answer: unknown): string | null;
  /** Under which the upstream stores it; absent where none are stored. */
  readStoredId?(answer: unknown): string | null;
  /** Bytes of generated text in a whole, parsed answer. */
  answerTextBytes(answer: unknown): number;
  openMeter(options: { hideUsage: boolean }): StreamMeter;

  /** An upstream's error body as one sentence, or null when it is none of the dialect's. */
  readErrorMessage(body: unknown): string | null;
  /** An error of ours, or of an upstream in another dialect, in the caller's shape. */
  renderError(error: AppError, context: ErrorContext): JsonObject;
  /** The same as the last event of a stream; never followed by a terminal mark. */
  renderErrorEvent(error: AppError, context: ErrorContext): string;

  readonly embeddings?: EmbeddingDialect;
}
