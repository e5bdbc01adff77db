/** The LLM side of a call: filled by `compose`, used by every later stage. */
import type { DialectName } from '../../lib/service-options.ts';
import type { JsonObject, RequestFacts } from '../dialects/dialect.ts';
import type { JsonMember } from '../dialects/json-members.ts';
import type { NeutralMessage, NeutralRequest } from '../dialects/neutral.ts';

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
  /** What `compose` adds: service's or path's system prompt, conversation, defaults, bounds. */
  systemPrompt: string;
  history: readonly NeutralMessage[];
  defaults: Readonly<JsonObject>;
  /** Overrides the caller's `stream`. */
  stream: boolean;
  /** The most output tokens of one choice that money is held for and the upstream is told. */
  maxOutputTokens: number;
  /** The caller refuses answers from upstreams that lack a parameter. */
  requireParameters: boolean;
  /** The neutral form, parsed on first use. */
  neutral(): NeutralRequest;
}
