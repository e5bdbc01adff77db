/** Choices of a service that the schema, the domain and the browser's forms share. */

export const SERVICE_CATEGORIES = [
  'ai',
  'data',
  'developer_tools',
  'finance',
  'geo',
  'media',
  'messaging',
  'productivity',
  'search',
  'other',
] as const;

/** Where a seller's credential goes in a call. */
export const CREDENTIAL_PLACEMENTS = ['bearer', 'header', 'query', 'basic', 'none'] as const;
export type CredentialPlacement = (typeof CREDENTIAL_PLACEMENTS)[number];

/** What an LLM upstream speaks; `raw` for everything that is no LLM. `azure` is openai-chat at another address. */
export const DIALECTS = [
  'raw',
  'openai-chat',
  'openai-responses',
  'openai-completions',
  'anthropic',
  'gemini',
  'azure',
] as const;
export type DialectName = (typeof DIALECTS)[number];

/** How one of several upstreams is chosen. */
export const ROUTING_STRATEGIES = [
  'priority',
  'weighted',
  'round_robin',
  'least_latency',
  'least_cost',
] as const;
export type RoutingStrategy = (typeof ROUTING_STRATEGIES)[number];

/** `opt_in`: when the caller asks for it (`x-tollgate-cache: on`). */
export const CACHE_MODES = ['off', 'opt_in', 'on'] as const;
export type CacheMode = (typeof CACHE_MODES)[number];

/** What happens upstream when a caller leaves: `drain` where the upstream bills the whole answer anyway. */
export const ABANDON_POLICIES = ['cancel', 'drain'] as const;
export type AbandonPolicy = (typeof ABANDON_POLICIES)[number];

/** `caller`: as the request says. */
export const STREAMING_MODES = ['caller', 'on', 'off'] as const;
export type StreamingMode = (typeof STREAMING_MODES)[number];

/** What a key may do behind the LLM and proxy doors: `read` is GET, HEAD and OPTIONS, `write` the rest. */
export const KEY_PERMISSIONS = ['read', 'write'] as const;
export type KeyPermission = (typeof KEY_PERMISSIONS)[number];

/** Hours that the former secret of a rotated key stays good for. */
export const ROTATION_GRACE_HOURS = [0, 1, 24, 72] as const;
