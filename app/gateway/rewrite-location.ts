import type { Call } from './call.ts';
import type { Door } from './doors.ts';
import { isBelow, joinVersion, withoutParameter } from './target-url.ts';

/** Where the path names the service. */
const DOORS: Partial<Record<Door, string>> = { service: '/proxy/v1', llm: '/llm' };

/**
 * A redirect of the seller's as the caller may see it: below the service's base it becomes a path of the
 * service's door, anything else is dropped (row P3). Redirects are never followed here.
 */
export function rewriteLocation(call: Call, location: string): string | null {
  const upstream = call.upstream!;
  const door = DOORS[call.door];
  if (door === undefined) return null;
  const rest = call.service!.kind === 'llm' ? joinVersion(upstream.basePath, call.restPath) : call.restPath;
  const base = `${upstream.pool.origin}${upstream.basePath}${rest || '/'}`;
  const url = URL.parse(location, base);
  if (url === null || url.origin !== upstream.pool.origin || !isBelow(url.pathname, upstream.basePath))
    return null;
  const credential = call.credential!.secret!;
  const query = url.search.slice(1);
  const kept = credential.placement === 'query' ? withoutParameter(query, credential.name) : query;
  const path = url.pathname.slice(upstream.basePath.length);
  return `${door}/${call.service!.slug}${path}${kept === '' ? '' : `?${kept}`}${url.hash}`;
}
