import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CACHE_RESULTS, CallTrace } from '../../db/schema/index.ts';
import type { PrincipalSubscription, Quantities, RoutableEndpoint } from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import type { DialectName } from '../lib/service-options.ts';
import type { RateLimitDecision } from '../infra/store/store.ts';
import type { AnswerCapture } from './answers/answer-body.ts';
import type { Door, LlmRoute } from './doors.ts';
import type { LlmCall } from './llm/llm-call.ts';
import type { CallLimits } from './call-limits.ts';
import type { GatewayParts } from './parts.ts';
import type { Candidate } from './routing/candidate.ts';
import type { CandidateQueue } from './routing/candidate-queue.ts';
import type { RoutePreferences } from './routing/preferences.ts';
import type { Target } from './routing/target.ts';
import type { TokenTakes } from './token-takes.ts';
import type {
  CompiledCredential,
  CompiledPlan,
  CompiledPriceVersion,
  CompiledService,
  CompiledUpstream,
  KnownPrincipal,
} from './snapshot.ts';

const NO_FALLBACKS: readonly Target[] = [];

/** One proxied request on its way through the stages; each stage fills the part it knows. */
export class Call {
  readonly parts: GatewayParts;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly method: string;
  /** The caller's address, after trusted proxies. */
  readonly address: string;

  // match-service
  door: Door = 'service';
  /** What the door speaks, for errors before the request is understood; null: the platform's own shape. */
  doorDialect: DialectName | null = null;
  /** What the path asks of an LLM; null: nothing that we know. */
  llmRoute: LlmRoute | null = null;
  /** The custom path that was called. */
  endpoint: RoutableEndpoint | null = null;
  /** Slug or id as the caller wrote it; '' where the model names the service. */
  serviceReference = '';
  /** Validated path behind the service, raw: '' or '/…'. */
  restPath = '';
  /** Raw query without '?', without our key. */
  query = '';

  // read-request
  /** What was presented as a key; the first well-formed one wins. */
  presentedKey: string | null = null;
  /** Name, value, name, value, … that may go to the seller. */
  forwardHeaders: string[] = [];
  /** Declared body length; -1: none declared. */
  contentLength = -1;
  chunked = false;
  upgrade = false;
  /** The caller asks for a WebSocket, and the server has taken the connection out of HTTP. */
  websocket = false;
  via = '';
  origin = '';
  /** `Idempotency-Key` as the caller wrote it. */
  idempotencyKey: string | null = null;
  /** There are `x-tollgate-*` headers; without them nobody needs to look. */
  speaksToUs = false;

  // authenticate, authorize
  principal: KnownPrincipal | null = null;
  service: CompiledService | null = null;
  subscription: PrincipalSubscription | null = null;
  plan: CompiledPlan | null = null;
  price: CompiledPriceVersion | null = null;

  // limit
  limits: CallLimits | null = null;
  /** By our clock: when requests were taken before the body was read. */
  requestsTakenAtMs = 0;
  /** Of requests. */
  rateLimit: RateLimitDecision | null = null;
  /** Null: tokens of this call are not limited. */
  tokenLimit: RateLimitDecision | null = null;
  /** Input and output, as settled. */
  usedTokens = 0;
  /** Null: none are taken. */
  tokenTakes: TokenTakes | null = null;
  /** Corrects what was taken from the token limits by what was used; safe to repeat. */
  onTokensUsed: ((used: number) => void) | null = null;

  // compose
  /** What a WebSocket is asked for by `?model=`; null: nothing that we read. */
  realtimeModel: string | null = null;
  /** Null: not a request that is understood as one for an LLM. */
  llm: LlmCall | null = null;

  // idempotency, cache, conversation
  /** The whole body, where it had to be read although the call is none for an LLM. */
  body: Buffer | null = null;
  cache: (typeof CACHE_RESULTS)[number] | null = null;
  /** Who wants a copy of the answer. */
  captures: AnswerCapture[] = [];

  // hold
  /** Its price says what this call costs, or counts it. */
  charges = false;
  /** There is a row of it among the holds. */
  held = false;
  heldNanos: Nanos = 0n;
  /** Units of quotas, by meter. */
  heldQuota: Record<string, number> = {};
  /** Whose units they are. */
  heldSubscriptionId = '';
  /** Of the period that they were taken from, as the database writes it; null: none are counted. */
  periodStart: string | null = null;
  /** Quantities that are paid for by what is held. */
  cover: Quantities = {};
  /** As settled. */
  chargedNanos: Nanos = 0n;
  holdMs = 0;
  /** From here on the call becomes exactly one usage event. */
  admitted = false;

  // route, forward
  preferences: RoutePreferences | null = null;
  /** Other models that may answer when the first cannot. */
  fallbacks: readonly Target[] = NO_FALLBACKS;
  /** The response that the call is about: it reads or deletes it. */
  storedResponseId: string | null = null;
  /** Key of the only candidate that knows what the call goes on from; '': any may. */
  maker = '';
  /** Where the call goes, or went last. */
  candidate: Candidate | null = null;
  /** Where else it could go; null: nowhere. */
  queue: CandidateQueue | null = null;
  attempts = 0;
  /** Of `performance.now()`: no attempt goes on after this. */
  giveUpAt = 0;
  requestBytes = 0;
  /** From its arrival to its end; 0 while it runs. */
  totalMs = 0;

  /** What a plain call does not have to tell; see `traced`. */
  trace: CallTrace | null = null;
  /** Run once when the call is over, whatever happened: slots to be given back. */
  release: (() => void)[] = [];

  /** Our own head of a stream has gone, as no upstream's came in time: only events can follow. */
  opened = false;
  /** The gateway has answered by itself; later stages have nothing to do. */
  answered = false;
  /** The connection's side of this call is over: all is said, or the caller has left. */
  closed = false;
  /** Whom to tell when the caller leaves; set while an upstream works. */
  onCallerGone: (() => void) | null = null;

  constructor(
    parts: GatewayParts,
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    address: string,
  ) {
    this.parts = parts;
    this.request = request;
    this.response = response;
    this.id = id;
    this.startedAt = performance.now();
    this.method = request.method ?? 'GET';
    this.address = address;
  }

  get upstream(): CompiledUpstream | null {
    return this.candidate?.upstream ?? null;
  }

  get credential(): CompiledCredential | null {
    return this.candidate?.credential ?? null;
  }

  /** The model that is asked of upstreams and priced; null: no call for a model. */
  get model(): string | null {
    return this.llm?.upstreamModel ?? this.realtimeModel;
  }

  elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** The trace, made on first use: plain calls do without. */
  traced(): CallTrace {
    this.trace ??= {};
    return this.trace;
  }

  /** Gives back what the call holds on to; safe to repeat. */
  giveBack(): void {
    const { release } = this;
    if (release.length === 0) return;
    this.release = [];
    for (const one of release) one();
  }

  /** There will be no answer to keep; safe to repeat. */
  /** @param reason `charged`: the caller paid for an answer that nobody has whole. */
  discardCaptures(reason: 'failed' | 'charged' = 'failed'): void {
    const { captures } = this;
    if (captures.length === 0) return;
    this.captures = [];
    for (const capture of captures) capture.onDiscard(reason);
  }
}

/** A stage returns at once, or a promise where something must be awaited; it throws AppError to refuse. */
export type Stage = (call: Call) => void | Promise<void>;
