import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PrincipalSubscription, UnitPrices } from '../domain/metering/index.ts';
import type { Nanos } from '../lib/money.ts';
import type { RateLimitDecision } from '../infra/store/store.ts';
import type { ChatRequest } from './dialects/openai-chat.ts';
import type { GatewayParts } from './parts.ts';
import type {
  CompiledPlan,
  CompiledPriceVersion,
  CompiledService,
  CompiledUpstream,
  KnownPrincipal,
} from './snapshot.ts';

/** Which door the call came through; errors are answered in the door's dialect. */
export type Door = 'service' | 'openai';

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
  via = '';
  origin = '';

  // authenticate, authorize
  principal: KnownPrincipal | null = null;
  service: CompiledService | null = null;
  subscription: PrincipalSubscription | null = null;
  plan: CompiledPlan | null = null;
  price: CompiledPriceVersion | null = null;

  // limit
  rateLimit: RateLimitDecision | null = null;

  // compose
  /** The body is (meant to be) a chat completion request: errors are in its dialect. */
  isChat = false;
  chat: ChatRequest | null = null;

  // hold
  /** Null: this plan charges nothing per call. */
  unitPrices: UnitPrices | null = null;
  heldNanos: Nanos = 0n;
  holdMs = 0;
  /** From here on the call becomes exactly one usage event. */
  admitted = false;

  // route, forward
  upstream: CompiledUpstream | null = null;
  attempts = 0;
  requestBytes = 0;

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

  elapsedMs(): number {
    return performance.now() - this.startedAt;
  }
}

/** A stage returns at once, or a promise where something must be awaited; it throws AppError to refuse. */
export type Stage = (call: Call) => void | Promise<void>;
