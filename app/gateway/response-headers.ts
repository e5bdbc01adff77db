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

/** Takes away every power that an answer could have as a page of our origin. */
export function appendBrowserGuards(
  contentType: string,
  hasDisposition: boolean,
  crossOrigin: boolean,
  into: string[],
): void {
  into.push(
    'x-content-type-options',
    'nosniff',
    'content-security-policy',
    "sandbox; default-src 'none'",
    'cross-origin-resource-policy',
    crossOrigin ? 'cross-origin' : 'same-origin',
  );
  if (!hasDisposition && ACTIVE_CONTENT.test(contentType)) into.push('content-disposition', 'attachment');
}
