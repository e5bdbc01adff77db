/** The gateway's doors: which addresses it takes, what is spoken behind each, and what is asked there. */
import type { IncomingHttpHeaders } from 'node:http';
import type { DialectName } from '../lib/service-options.ts';
import type { LlmOperation } from './llm/llm-call.ts';

/**
 * `service`: the path names the service (`/proxy/…`); `llm`: the same, as the base URL of an SDK;
 * `model`: the model names the service (`/v1/…`); `endpoint`: a custom path.
 */
export type Door = 'service' | 'llm' | 'model' | 'endpoint';

const PREFIXES: readonly (readonly [prefix: string, door: Door])[] = [
  ['/proxy/', 'service'],
  ['/v1/', 'model'],
  ['/llm/', 'llm'],
  ['/v1beta/', 'model'],
];
const ABSOLUTE_DOOR = /^[a-z][a-z0-9+.-]*:\/\/[^/]*\/(?:proxy|v1|llm|v1beta)(?:[/?#]|$)/i;

/**
 * Which door a raw request target belongs to, or null when it is none of these (custom paths are known
 * to `EndpointPaths`). Every page request comes through here too.
 */
export function findDoor(target: string): Door | 'absolute' | null {
  for (const [prefix, door] of PREFIXES) if (target.startsWith(prefix)) return door;
  // Absolute-form would let the caller name a host; the doors refuse it instead of guessing.
  return target.charCodeAt(0) !== 0x2f && ABSOLUTE_DOOR.test(target) ? 'absolute' : null;
}

/** What one LLM address is for. */
export interface LlmRoute {
  /** What the caller speaks: the body, and the errors. */
  dialect: DialectName;
  operation: LlmOperation;
  methods: readonly string[];
  /** As typed, in front of `path`: `/v1`, `/v1beta` or ''. */
  version: string;
  /** Behind the version: `/chat/completions`. */
  path: string;
  /** Gemini names the model and the way of answering in the path; null: the body does. */
  model: string | null;
  stream: boolean | null;
}

type Row = readonly [dialect: DialectName, operation: LlmRoute['operation'], methods: readonly string[]];

const POST = ['POST'] as const;

/** Paths behind the version, of every door. The rest of a vendor's API is its account's (`compose.ts`). */
const ROUTES: Readonly<Record<string, Row>> = {
  '/chat/completions': ['openai-chat', 'generate', POST],
  '/completions': ['openai-completions', 'generate', POST],
  '/responses': ['openai-responses', 'generate', POST],
  '/embeddings': ['openai-chat', 'embeddings', POST],
  '/messages': ['anthropic', 'generate', POST],
  '/messages/count_tokens': ['anthropic', 'count_tokens', POST],
  '/images/generations': ['openai-chat', 'other', POST],
  '/images/edits': ['openai-chat', 'other', POST],
  '/images/variations': ['openai-chat', 'other', POST],
  '/audio/speech': ['openai-chat', 'other', POST],
  '/audio/transcriptions': ['openai-chat', 'other', POST],
  '/audio/translations': ['openai-chat', 'other', POST],
  '/moderations': ['openai-chat', 'other', POST],
  '/rerank': ['openai-chat', 'other', POST],
};

const GEMINI_VERBS: Readonly<Record<string, readonly [operation: LlmOperation, stream: boolean]>> = {
  generateContent: ['generate', false],
  streamGenerateContent: ['generate', true],
  countTokens: ['count_tokens', false],
  embedContent: ['embeddings', false],
  batchEmbedContents: ['embeddings', false],
};

const VERSION = /^\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/;
/** Names with a slash come without `models/` from some SDKs. */
const GEMINI_PATH = /^\/(?:models\/)?(.+):([a-zA-Z]+)$/s;

/**
 * The LLM request that a path means, with or without a version in front; null: none that we know. Escapes
 * and a slash at the end hide nothing: upstreams read them the same.
 */
export function findLlmRoute(path: string): LlmRoute | null {
  const plain = decode(path).replace(/\/$/, '');
  const version = versionOf(plain);
  const rest = plain.slice(version.length);
  const row = Object.hasOwn(ROUTES, rest) ? ROUTES[rest]! : null;
  const common = { model: null, stream: null };
  if (row) return { ...common, version, path: rest, dialect: row[0], operation: row[1], methods: row[2] };
  const [, model, verb = ''] = GEMINI_PATH.exec(rest) ?? [];
  if (model !== undefined && Object.hasOwn(GEMINI_VERBS, verb)) {
    const [operation, stream] = GEMINI_VERBS[verb]!;
    // The model stands in it as it was escaped.
    const typed = { version: versionOf(path), path: path.slice(versionOf(path).length) };
    return { ...common, ...typed, dialect: 'gemini', operation, methods: POST, model, stream };
  }
  return null;
}

/** The version that a path begins with, as typed: `/v1`, `/v1beta`; '' for none. */
export function versionOf(path: string): string {
  return VERSION.exec(path)?.[0] ?? '';
}

const SERVICE_BASE = /^\/llm\/[^/]*/;

/**
 * What is spoken at this address of the LLM doors, before anything else is known of the call.
 * @param target raw, as in the request line.
 * @param headers SDKs share paths (`/v1/models`) but not their headers.
 */
export function dialectOfTarget(target: string, headers: IncomingHttpHeaders): DialectName {
  const path = target.split('?', 1)[0]!.replace(SERVICE_BASE, '');
  const route = findLlmRoute(path);
  if (route) return route.dialect;
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  const isGoogle = headers['x-goog-api-key'] !== undefined || /^\/v\d+(?:alpha|beta)/.test(path);
  return isGoogle ? 'gemini' : 'openai-chat';
}

/** Escapes may be well-formed and still spell no UTF-8: then the name is taken as it stands. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
