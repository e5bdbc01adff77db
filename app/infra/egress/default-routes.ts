import { parseProxyUrl } from '../../lib/proxy-url.ts';
import type { Clock } from '../clock.ts';
import { EgressRoute, chooseRoute } from './egress-route.ts';
import { createNoProxy } from './no-proxy.ts';
import { RouteHealth } from './route-health.ts';
import type { Target } from './url-policy.ts';

/** What the environment says about outbound proxies; every text is a URL that `parseProxyUrl` reads. */
export interface OutboundProxies {
  /** For `http:` and `https:` targets; null: directly. */
  http: string | null;
  https: string | null;
  /** PROXY_POOL_URL: goes before the other two. Empty: no pool. */
  pool: string[];
  /** Entries of NO_PROXY: these are reached directly. */
  noProxy: string[];
}

/** The node for connections that name none, or null for a direct one. */
export type DefaultRoute = (target: Target) => EgressRoute | null;

/**
 * Undefined when the environment names no proxy, as usual: then no call asks.
 * @throws Error with code `EGRESS_NO_ROUTE` from the result when all nodes of the pool are out.
 */
export function createDefaultRoute(proxies: OutboundProxies, clock: Clock): DefaultRoute | undefined {
  if (proxies.http === null && proxies.https === null && proxies.pool.length === 0) return undefined;
  const isExempt = createNoProxy(proxies.noProxy);
  const pool = proxies.pool.map((url) => routeTo(url, clock));
  const byProtocol = {
    'http:': proxies.http === null ? null : routeTo(proxies.http, clock),
    'https:': proxies.https === null ? null : routeTo(proxies.https, clock),
  };
  return (target) => {
    if (isExempt(target.hostname, target.port)) return null;
    if (pool.length === 0) return byProtocol[target.protocol];
    const route = chooseRoute(pool);
    if (route === null) {
      throw Object.assign(new Error('No outbound proxy is available'), { code: 'EGRESS_NO_ROUTE' });
    }
    return route;
  };
}

function routeTo(url: string, clock: Clock): EgressRoute {
  const address = parseProxyUrl(url);
  if (address === null) throw new TypeError('An outbound proxy of the environment is no proxy URL');
  const { protocol, host, port } = address;
  return new EgressRoute({
    address,
    key: `${protocol}://${host}:${port}`,
    weight: 1,
    health: new RouteHealth(clock),
    trusted: true,
  });
}
