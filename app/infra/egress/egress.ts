/**
 * The only module that opens connections to hosts that sellers or buyers name. Every address is
 * vetted, at save and again at dial; redirects are never followed.
 */
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import type { EgressRoute } from './egress-route.ts';

export interface EgressRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Everything together, in ms. */
  timeoutMs: number;
  /** The answer is cut off beyond this. */
  maxResponseBytes: number;
  /** The proxy node to go through, its health followed or not; without one the environment's, or none. */
  via?: EgressRoute | ProxyAddress | null;
}

export interface EgressResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** True when the answer was longer than `maxResponseBytes`. */
  truncated: boolean;
  /** Milliseconds until the first byte, and until the end. */
  firstByteMs: number;
  totalMs: number;
}

/** Where a stream of calls goes; connections are never shared between pools. */
export interface EgressPool {
  /** Who owns the connections: the upstream's id. */
  poolKey: string;
  /** `https://api.example.com`, without a path. */
  origin: string;
  connectTimeoutMs: number;
  /** The proxy node to go through; without one the environment's, or none. */
  via?: EgressRoute | null;
}

export interface EgressUpgradeRequest {
  path: string;
  /** Name, value, name, value, …; `connection` and `upgrade` are added. */
  headers: string[];
  headersTimeoutMs: number;
  /** Gives up, also while the connection is being made. */
  signal: AbortSignal;
}

/** What a host says to a WebSocket handshake. */
export interface EgressUpgrade {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The connection after 101; null for every other answer, whose body is not read. */
  socket: Duplex | null;
}

export interface Egress {
  /**
   * Checks a URL that somebody wants to save: scheme, port, host spelling, and every address its
   * name resolves to.
   * @throws AppError `blocked_target` with the reason.
   */
  assertAllowed(url: string): Promise<void>;
  /**
   * Sends one streaming request through the pool. Refusals at dial reach the handler's
   * `onResponseError` with `code` `blocked_target`.
   */
  dispatch(
    pool: EgressPool,
    options: Omit<Dispatcher.DispatchOptions, 'origin'>,
    handler: Dispatcher.DispatchHandler,
  ): void;
  /**
   * Sends a WebSocket handshake; after 101 the connection is the caller's to close.
   * @throws what `dispatch` reports to `onResponseError`.
   */
  upgrade(pool: EgressPool, request: EgressUpgradeRequest): Promise<EgressUpgrade>;
  /**
   * One bounded request over a connection of its own, for connection tests, probes and webhooks.
   * Redirects are answers; nothing is inflated.
   * @throws AppError `blocked_target`, `upstream_timeout`, `upstream_error`; `details.reason` says why.
   */
  request(request: EgressRequest): Promise<EgressResponse>;
  /** Opens one `host:port` that is not public; for the demo's own upstreams. */
  allow(hostAndPort: string): void;
  close(): Promise<void>;
}
