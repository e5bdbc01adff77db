/**
 * What may pass from the seller to the caller (row P7). Answers come from the platform's own origin,
 * so nothing may change how a browser treats that origin: an allow-list, then our own fields.
 */
import type { HeaderRules } from './headers.ts';

/** As undici gives them: names in lower case. */
export type AnswerHeaders = Record<string, string | string[] | undefined>;

const STANDARD: ReadonlySet<string> = new Set([
  'accept-patch',
  'accept-post',
  'accept-ranges',
  'age',
  'allow',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'dav',
  'deprecation',
  'digest',
  'etag',
  'expires',
  'last-modified',
  'link',
  'location',
  'lock-token',
  'pragma',
  'preference-applied',
  'repr-digest',
  'retry-after',
  'sunset',
  'vary',
  'warning',
]);

/** Vendors' own fields. Browsers give no meaning to these prefixes, apart from what is denied below. */
const VENDOR_PREFIXES = ['x-', 'openai-', 'anthropic-', 'ratelimit-reset-', 'mistral-', 'cohere-', 'azure-'];

const DENIED: ReadonlySet<string> = new Set([
  'x-content-security-policy',
  'x-content-type-options',
  'x-csrf-token',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-error-source',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-powered-by',
  'x-request-id',
  'x-robots-tag',
  'x-should-retry',
  'x-sourcemap',
  'x-ua-compatible',
  'x-webkit-csp',
  'x-xss-protection',
]);

const DENIED_PREFIXES = [
  'x-accel-',
  'x-forwarded',
  'x-middleware-',
  'x-ratelimit-',
  'x-real-',
  'x-sendfile',
  'x-tollgate-',
];

/** True when an answer's header of this lower-case name may reach the caller. */
export function isReturnable(name: string): boolean {
  if (STANDARD.has(name)) return true;
  if (DENIED.has(name) || name.includes('_')) return false;
  if (!VENDOR_PREFIXES.some((prefix) => name.startsWith(prefix))) return false;
  return !DENIED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

export interface ReturnedHeaders {
  rules: HeaderRules;
  /** Drops the body's length, because the body is edited. */
  withoutLength: boolean;
  /** The caller's version of a redirect, or null to drop it. */
  rewriteLocation: (location: string) => string | null;
  /** True for values that repeat the seller's secret. */
  isSecret: (value: string) => boolean;
}

/** Appends what may be returned to `into`: name, value, name, value, … */
export function copyReturnable(headers: AnswerHeaders, into: string[], options: ReturnedHeaders): void {
  const connection = headers['connection'];
  const hopByHop =
    typeof connection === 'string' && connection !== 'keep-alive' && connection !== 'close' ? connection : '';
  for (const name in headers) {
    if (!options.rules.mayReturn(name)) continue;
    if (options.withoutLength && name === 'content-length') continue;
    if (hopByHop !== '' && namedIn(hopByHop, name)) continue;
    const value = headers[name];
    if (typeof value === 'string') append(name, value, into, options);
    else if (value) for (const one of value) append(name, one, into, options);
  }
}

function append(name: string, value: string, into: string[], options: ReturnedHeaders): void {
  if (options.isSecret(value)) return;
  if (name !== 'location') {
    into.push(name, value);
    return;
  }
  const location = options.rewriteLocation(value);
  if (location !== null) into.push(name, location);
}

function namedIn(connection: string, name: string): boolean {
  return connection
    .toLowerCase()
    .split(',')
    .some((token) => token.trim() === name);
}

/** Media types that a browser would run or render as a document of our origin. */
const ACTIVE_CONTENT = /html|svg|xml|javascript|ecmascript|pdf|flash|xsl/i;
const IS_ATTACHMENT = /^\s*attachment\s*(?:;|$)/i;
const DISPOSITION_TYPE = /^[^;]*/;

/**
 * Takes away every power that an answer could have as a page of our origin.
 * @param into what is returned of the seller's headers so far; what they say of showing active content is changed.
 */
export function appendBrowserGuards(crossOrigin: boolean, into: string[]): void {
  let isActive = false;
  let hasDisposition = false;
  for (let i = 0; i < into.length; i += 2) {
    if (into[i] === 'content-type') isActive ||= ACTIVE_CONTENT.test(into[i + 1]!);
    else if (into[i] === 'content-disposition') hasDisposition = true;
  }
  into.push(
    'x-content-type-options',
    'nosniff',
    'content-security-policy',
    "sandbox; default-src 'none'",
    'cross-origin-resource-policy',
    crossOrigin ? 'cross-origin' : 'same-origin',
  );
  if (!isActive) return;
  if (hasDisposition) attach(into);
  else into.push('content-disposition', 'attachment');
}

/** A seller may name the file, but not have it shown. */
function attach(head: string[]): void {
  for (let i = 0; i < head.length; i += 2) {
    if (head[i] !== 'content-disposition' || IS_ATTACHMENT.test(head[i + 1]!)) continue;
    head[i + 1] = head[i + 1]!.replace(DISPOSITION_TYPE, 'attachment');
  }
}

/** One directive of `Cache-Control`; its value may be quoted, with commas in it. */
const DIRECTIVE = /([^\s,=]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,]*))?/g;
/** `private="a-field"` lets shared caches keep the rest. */
const OF_SHARED_CACHES: ReadonlySet<string> = new Set(['public', 'private', 's-maxage', 'proxy-revalidate']);
const MAX_REMEMBERED = 1_000;
const MAX_REMEMBERED_CHARS = 200;

/**
 * Keeps answers out of shared caches: they are asked for with a key, which a cache in front of us does not
 * know for one (`x-api-key`, `?key=`), so it would hand one buyer's answer to anybody.
 */
export class CallerCaching {
  /** Sellers say the same again and again; what that becomes is worked out once. */
  readonly #bySaid = new Map<string, string>();

  /** @param head name, value, …; what the seller says of caching, or leaves unsaid, is changed in place. */
  restrict(head: string[]): void {
    let at = -1;
    let said = '';
    let expires = false;
    for (let i = 0; i < head.length; i += 2) {
      if (head[i] === 'expires') expires = true;
      if (head[i] !== 'cache-control') continue;
      if (at === -1) {
        at = i + 1;
        said = head[at]!;
      } else {
        said += `, ${head[i + 1]!}`;
        head.splice(i, 2);
        i -= 2;
      }
    }
    // Where a seller says nothing, caches may guess how long an answer is good: nobody's guess is better than asking.
    const allowed = said !== '' ? this.#privately(said) : expires ? 'private' : 'private, no-store';
    if (at === -1) head.push('cache-control', allowed);
    else head[at] = allowed;
  }

  #privately(said: string): string {
    const known = this.#bySaid.get(said);
    if (known !== undefined) return known;
    const allowed = ['private'];
    for (const [directive, name = ''] of said.matchAll(DIRECTIVE))
      if (!OF_SHARED_CACHES.has(name.toLowerCase())) allowed.push(directive);
    const made = allowed.join(', ');
    if (said.length > MAX_REMEMBERED_CHARS) return made;
    if (this.#bySaid.size >= MAX_REMEMBERED) this.#bySaid.clear();
    this.#bySaid.set(said, made);
    return made;
  }
}
