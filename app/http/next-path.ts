/** Where to go after log-in: only ever a path of this site (open redirect, CWE-601). */

const BASE = 'http://next.invalid';

/** `value` when it is a path on this origin, else `fallback`. */
export function safeNextPath(value: string | null | undefined, fallback = '/'): string {
  // Browsers read `\` as `/` and drop control characters, so `/\evil.example` would leave the site.
  if (!value || value.length > 2048 || !/^\/(?![/\\])/.test(value) || /[\\\p{Cc}]/u.test(value))
    return fallback;
  if (!URL.canParse(value, BASE)) return fallback;
  const url = new URL(value, BASE);
  if (url.origin !== BASE || url.pathname.startsWith('//')) return fallback;
  return url.pathname + url.search + url.hash;
}
