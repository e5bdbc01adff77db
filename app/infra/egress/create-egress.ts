import type { Dispatcher, Pool, buildConnector } from 'undici';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import { systemClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { createAllowList } from './allow-list.ts';
import { createVettedConnector } from './connector.ts';
import type { DefaultRoute } from './default-routes.ts';
import type { Egress, EgressPool } from './egress.ts';
import { EgressRoute } from './egress-route.ts';
import { createPools } from './pools.ts';
import { createRouteConnector } from './route-connector.ts';
import {
  createSharedResolver,
  resolveWithNameServers,
  resolveWithSystem,
  type ResolveName,
} from './resolve-name.ts';
import { RouteHealth } from './route-health.ts';
import { sendRequest } from './send-request.ts';
import { sendUpgrade } from './send-upgrade.ts';
import { blockedTarget, isBlockedTarget, parseTarget } from './url-policy.ts';
import { createHostVetting } from './vet-host.ts';

export interface EgressOptions {
  /** `host:port` pairs that are let through although they are not public. */
  allow: readonly string[];
  logger: Pick<Logger, 'warn'>;
  /** Answers all addresses of a name; tests put hostile zones here. */
  resolve?: ResolveName;
  /** The proxy node for connections that name none. */
  defaultRoute?: DefaultRoute | undefined;
  /** Upper bound of pools open at once. */
  maxPools?: number;
  /** How often idle pools are looked for, in ms. */
  sweepIntervalMs?: number;
}

const RESOLVE_DEADLINE_MS = 4_000;
const MAX_POOLS = 1_024;
const SWEEP_INTERVAL_MS = 60_000;
const SLASH = '/'.charCodeAt(0);

/** The egress module: see `Egress` for what it promises. */
export function createEgress(options: EgressOptions): Egress {
  const allowList = createAllowList(options.allow);
  const vetting = createHostVetting({
    allowList,
    resolve: createSharedResolver(options.resolve ?? resolveWithNameServers, RESOLVE_DEADLINE_MS),
    resolveListed: createSharedResolver(options.resolve ?? resolveWithSystem, RESOLVE_DEADLINE_MS),
  });
  const pools = createPools({
    maxPools: options.maxPools ?? MAX_POOLS,
    sweepIntervalMs: options.sweepIntervalMs ?? SWEEP_INTERVAL_MS,
    connectorFor({ origin, connectTimeoutMs, via }) {
      const target = parseTarget(origin);
      vetting.vetSpelling(target.hostname, target.port);
      return connectorVia(via, connectTimeoutMs);
    },
  });

  function connectorVia(via: EgressRoute | null | undefined, timeoutMs: number): buildConnector.connector {
    return via ? createRouteConnector(vetting, timeoutMs, via) : createVettedConnector(vetting, timeoutMs);
  }

  /** Connections that name no node go where the environment says. */
  function poolOf(pool: EgressPool): Pool {
    if (pool.via || !options.defaultRoute) return pools.get(pool);
    return pools.get({ ...pool, via: options.defaultRoute(parseTarget(pool.origin)) });
  }

  return {
    async assertAllowed(url) {
      const target = parseTarget(url);
      try {
        await vetting.vet(target.hostname, target.port);
      } catch (error) {
        throw isBlockedTarget(error) ? error : blockedTarget('unresolvable', target.hostname, error);
      }
    },

    dispatch(pool, dispatchOptions, handler) {
      let dispatcher: Dispatcher;
      try {
        assertPlainRequest(dispatchOptions);
        dispatcher = poolOf(pool);
      } catch (error) {
        logRefusal(options.logger, pool, error);
        refuse(handler, error as Error);
        return;
      }
      dispatcher.dispatch(dispatchOptions, handler);
    },

    async upgrade(pool, request) {
      try {
        assertPlainRequest({ path: request.path, method: 'GET' });
        return await sendUpgrade(poolOf(pool), request);
      } catch (error) {
        if (isBlockedTarget(error)) logRefusal(options.logger, pool, error);
        throw error;
      }
    },

    async request(request) {
      const target = parseTarget(request.url);
      vetting.vetSpelling(target.hostname, target.port);
      const via = request.via ? routeTo(request.via) : options.defaultRoute?.(target);
      return sendRequest(request, connectorVia(via, request.timeoutMs));
    },

    allow: allowList.add,
    close: pools.close,
  };
}

/** One request alone says nothing about a node that others use. */
function routeTo(via: EgressRoute | ProxyAddress): EgressRoute {
  if ('health' in via) return via;
  const health = new RouteHealth(systemClock);
  return new EgressRoute({ address: via, key: '', weight: 1, health, trusted: false });
}

/** A path that is a whole URL would ask the upstream to act as a proxy; tunnels bypass everything. */
function assertPlainRequest({ path, method, upgrade }: Omit<Dispatcher.DispatchOptions, 'origin'>): void {
  if (path.charCodeAt(0) !== SLASH || method === 'CONNECT' || upgrade) throw blockedTarget('invalid_url');
}

function logRefusal(logger: Pick<Logger, 'warn'>, pool: EgressPool, error: unknown): void {
  logger.warn(
    { poolKey: pool.poolKey, reason: error instanceof Error ? error.message : 'unknown' },
    'egress refused',
  );
}

/** Reports like undici does: later, through the handler, with a controller that has nothing to stop. */
function refuse(handler: Dispatcher.DispatchHandler, error: Error): void {
  const controller: Dispatcher.DispatchController = {
    aborted: true,
    paused: false,
    reason: error,
    abort: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  };
  queueMicrotask(() => handler.onResponseError?.(controller, error));
}
