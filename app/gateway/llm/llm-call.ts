/** The LLM side of a call: filled by `compose`, used by every later stage. */
import type { DialectName } from '../../lib/service-options.ts';
import type { JsonObject, RequestFacts } from '../dialects/dialect.ts';
import type { JsonMember } from '../dialects/json-members.ts';
import type { NeutralMessage, NeutralRequest } from '../dialects/neutral.ts';
import type { Additions } from './additions.ts';

export type LlmOperation =
  | 'generate'
  | 'embeddings'
  | 'count_tokens'
  /** Known body with a model, passed on to upstreams of the same family: images, audio, rerank, moderations. */
  | 'other';

export interface LlmCall {
  operation: LlmOperation;
  /** What the caller speaks. */
  dialect: DialectName;
  /** As the caller wrote it. */
  model: string;
  /** Without the service, aliases and key routes resolved; the one that is priced. */
  upstreamModel: string;
  facts: RequestFacts;
  /** The body as it arrived, parsed, and where its members stand. */
  body: Buffer;
  members: JsonObject;
  scan: { members: JsonMember[]; bodyStart: number };
  /** Of the service that the call is bound to: a fallback brings its own. */
  added: Additions;
  /** Earlier messages of the conversation. */
  history: readonly NeutralMessage[];
  /** Overrides the caller's `stream`. */
  stream: boolean;
  /** The caller refuses answers from upstreams that lack a parameter. */
  requireParameters: boolean;
  /** The caller leaves it to the upstream to keep the answer (`store`). */
  isStored: boolean;
  /** The neutral form with what is preset now, parsed on first use. */
  neutral(): NeutralRequest;
  /**
   * Lets go of what was asked: a stream can last for minutes, and its caller's context may be megabytes. For answers
   * that have begun, as nothing is sent again.
   */
  forget(): void;
}
