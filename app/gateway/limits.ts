/**
 * Every number that protects the gateway from its callers. Installations override some by the environment
 * (`infra/config.ts`), tests all of them through the `limits` option of `createGateway`.
 */
export interface GatewayLimits {
  /** Requests per minute; plans and organizations may have a ceiling of their own. */
  ipRequestsPerMinute: number;
  organizationRequestsPerMinute: number;
  keyRequestsPerMinute: number;
  /** Calls running in this process; more are refused early instead of slowing all. */
  maxActiveCalls: number;
  /** Bytes of answers that are kept at once: converted, priced by their end, stored. */
  maxBufferedBytes: number;
  /** How long the database may take before a call is refused, in ms. */
  storageDeadlineMs: number;
  /** How long a finished paid call waits for its settle before the spool takes over, in ms. */
  settleDeadlineMs: number;
  /** A caller who sends or reads nothing for so long is gone, in ms. */
  callerIdleMs: number;
  /** A body that is read as a whole must have arrived after so long, in ms. */
  bodyTotalMs: number;
  /** Silence after which a stream gets a comment, in ms. */
  keepAliveMs: number;
  /** A tunnel in which nobody says anything for so long is closed, in ms. */
  websocketIdleMs: number;
  /** No tunnel is open longer, in ms. */
  websocketMaxMs: number;
  /** Failures in a row after which an upstream gets no more calls for a while. */
  breakerFailures: number;
  /** How long that is the first time, in ms; each time again it is longer by as much. */
  breakerOpenMs: number;
  /** Running calls get so long when the process drains, in ms. */
  drainMs: number;
  /** Body of an LLM request, which is parsed and so read as a whole. */
  llmBodyBytes: number;
  /** JSON answers of LLMs up to here are read before they are sent on, so that their cost is a header. */
  llmAnswerBytes: number;
  /** Nesting of an LLM request's JSON. */
  jsonDepth: number;
  /** Output tokens that are held for when the caller sets no bound. */
  defaultMaxOutputTokens: number;
  maxOutputTokens: number;
  maxChoices: number;
}

export const DEFAULT_LIMITS: Readonly<GatewayLimits> = {
  ipRequestsPerMinute: 60_000,
  organizationRequestsPerMinute: 60_000,
  keyRequestsPerMinute: 60_000,
  maxActiveCalls: 10_000,
  maxBufferedBytes: 256 * 1024 * 1024,
  storageDeadlineMs: 900,
  settleDeadlineMs: 2_000,
  callerIdleMs: 60_000,
  bodyTotalMs: 120_000,
  keepAliveMs: 15_000,
  websocketIdleMs: 300_000,
  websocketMaxMs: 2 * 60 * 60 * 1_000,
  breakerFailures: 5,
  breakerOpenMs: 30_000,
  drainMs: 30_000,
  llmBodyBytes: 4 * 1024 * 1024,
  llmAnswerBytes: 1024 * 1024,
  jsonDepth: 64,
  defaultMaxOutputTokens: 4_096,
  maxOutputTokens: 1_000_000,
  maxChoices: 128,
};

/** Windows slide over so long. */
export const LIMIT_WINDOW_MS = 60_000;
export const DAY_WINDOW_MS = 24 * 60 * 60 * 1_000;
