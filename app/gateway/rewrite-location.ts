import type { Call } from './call.ts';
import { isBelow, withoutParameter } from './target-url.ts';

/**
 * A redirect of the seller's as the caller may see it: below the service's base it becomes a path of the
 * proxy, anything else is dropped (row P3). Redirects are never followed here.
 */
export function rewriteLocation(call: Call, location: string): string | null {
  const upstream = call.upstream!;
  if (call.door !== 'service') return null;
  const base = `${upstream.pool.origin}${upstream.basePath}${call.restPath || '/'}`;
  const url = URL.parse(location, base);
  if (url === null || url.origin !== upstream.pool.origin || !isBelow(url.pathname, upstream.basePath))
    return null;
  const credential = call.credential!.secret!;
  const query = url.search.slice(1);
  const kept = credential.placement === 'query' ? withoutParameter(query, credential.name) : query;
  const rest = url.pathname.slice(upstream.basePath.length);
  return `/proxy/v1/${call.service!.slug}${rest}${kept === '' ? '' : `?${kept}`}${url.hash}`;
}
