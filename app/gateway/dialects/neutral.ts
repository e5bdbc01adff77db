/**
 * The neutral form: what every dialect is parsed to and rendered from. No dialect knows another; what
 * one has and another has not is named here or listed as dropped.
 */

/** Text that the caller wrote or the model said, and everything that can stand beside it. */
export type NeutralPart =
  | {
      type: 'text';
      text: string;
      /** Anthropic's `cache_control`: this prefix is worth caching. */ cacheHint?: true;
    }
  | { type: 'image'; source: MediaSource; detail?: 'low' | 'high' | 'auto'; cacheHint?: true }
  | { type: 'audio'; source: MediaSource }
  | { type: 'file'; source: MediaSource; filename?: string; cacheHint?: true }
  | { type: 'tool_call'; id: string; name: string; /** JSON text, as it came. */ arguments: string }
  | { type: 'tool_result'; callId: string; name?: string; parts: NeutralPart[]; isError: boolean }
  | {
      type: 'reasoning';
      text: string;
      /** Anthropic's, Gemini's thought signature, OpenAI's encrypted content: opaque; names its maker. */
      signature?: string;
      /** Nothing but the opaque form is known. */
      redacted?: true;
    }
  | { type: 'refusal'; text: string };

export type MediaSource =
  | { kind: 'data'; mediaType: string; /** Base64. */ data: string }
  | { kind: 'url'; url: string; mediaType?: string };

export interface NeutralMessage {
  role: 'user' | 'assistant' | 'tool';
  parts: NeutralPart[];
}

export interface NeutralTool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
  strict?: boolean;
  cacheHint?: true;
}

export type NeutralToolChoice = 'auto' | 'none' | 'required' | { name: string };

export type NeutralResponseFormat =
  | { type: 'text' }
  | { type: 'json' }
  | {
      type: 'json_schema';
      name: string;
      schema: Record<string, unknown>;
      strict?: boolean;
      description?: string;
    };

export interface NeutralReasoning {
  effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  /** Anthropic's `budget_tokens`, Gemini's `thinkingBudget`. */
  budgetTokens?: number;
  /** The caller wants to read it. */
  include?: boolean;
}

/** A request for text, whoever asks. `null`: the caller did not say. */
export interface NeutralRequest {
  model: string;
  stream: boolean;
  /** Instructions, in order: system and developer messages. */
  system: Extract<NeutralPart, { type: 'text' }>[];
  messages: NeutralMessage[];
  tools: NeutralTool[];
  /** OpenAI's `functions` of old: the caller reads calls in `function_call`. */
  legacyFunctions?: true;
  toolChoice: NeutralToolChoice | null;
  parallelToolCalls: boolean | null;
  maxOutputTokens: number | null;
  temperature: number | null;
  topP: number | null;
  topK: number | null;
  seed: number | null;
  stop: string[];
  choices: number | null;
  presencePenalty: number | null;
  frequencyPenalty: number | null;
  /** How many alternatives; 0: only the chosen token's. */
  logprobs: number | null;
  responseFormat: NeutralResponseFormat | null;
  reasoning: NeutralReasoning | null;
  /** The caller's end user, as the caller names them. */
  user: string | null;
  /** Usage was asked for in a stream. */
  wantsUsage: boolean;
  /** Parameters that only the caller's dialect has, by name: dropped for others, and said so. */
  extras: Record<string, unknown>;
  /** What the caller calls its parameters, where that is not OpenAI's name. */
  names?: Readonly<Partial<Record<NeutralParameter, string>>>;
}

/** Parameters that some dialects have not got. */
export type NeutralParameter =
  | 'toolChoice'
  | 'parallelToolCalls'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'seed'
  | 'stop'
  | 'choices'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'logprobs'
  | 'responseFormat'
  | 'reasoning'
  | 'user';

export type StopReason =
  'stop' | 'length' | 'tool_calls' | 'content_filter' | 'stop_sequence' | 'refusal' | 'pause';

/**
 * Token counts as the upstream stated them. `inputTokens` includes cached reads and cache writes,
 * `outputTokens` includes reasoning. Null is "not stated", which is not zero.
 */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number | null;
  cacheWriteTokens: number | null;
  reasoningTokens: number | null;
}

export interface NeutralLogprob {
  token: string;
  logprob: number;
  top: { token: string; logprob: number }[];
}

export interface NeutralChoice {
  index: number;
  parts: NeutralPart[];
  stop: StopReason | null;
  /** The sequence that stopped it, where the upstream says. */
  stopSequence?: string;
  logprobs?: NeutralLogprob[];
}

export interface NeutralAnswer {
  id: string;
  model: string;
  /** Seconds since the epoch. */
  created: number;
  choices: NeutralChoice[];
  usage: TokenUsage | null;
}

/** One step of a streamed answer. Tool calls are numbered per choice from 0, in order of appearance. */
export type NeutralEvent =
  | { type: 'start'; id: string; model: string; created: number; usage?: TokenUsage }
  | { type: 'text'; choice: number; text: string; logprobs?: NeutralLogprob[] }
  | { type: 'refusal'; choice: number; text: string }
  | { type: 'reasoning'; choice: number; text: string; signature?: string; redacted?: true }
  | { type: 'tool_call'; choice: number; index: number; id: string; name: string }
  | { type: 'tool_arguments'; choice: number; index: number; text: string }
  | { type: 'image'; choice: number; source: MediaSource }
  | { type: 'stop'; choice: number; reason: StopReason; stopSequence?: string }
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'error'; message: string; code?: string }
  /** The upstream's own terminal mark: the stream is whole. */
  | { type: 'end' };

export interface NeutralEmbeddingRequest {
  model: string;
  inputs: string[];
  dimensions: number | null;
  encoding: 'float' | 'base64';
  /** Gemini's `embedContent`: the answer is one vector, not a list of them. */
  single?: true;
  extras: Record<string, unknown>;
}

export interface NeutralEmbeddingAnswer {
  model: string;
  vectors: number[][];
  usage: TokenUsage | null;
}
