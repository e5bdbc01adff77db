/**
 * What may pass from the caller to the seller (row P6). An allow-list: registered names are listed
 * one by one; of vendors' own names (with a hyphen) those pass that claim nothing about who the caller
 * is. Everything connection-level is made anew by the HTTP client.
 */
import type { Call } from './call.ts';
import { isWellFormedKey } from '../lib/key-format.ts';
import { isReturnable } from './response-headers.ts';

/** Registered end-to-end fields that describe the content or what the caller wants. */
const STANDARD: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'accept-patch',
  'accept-post',
  'baggage',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'depth',
  'destination',
  'digest',
  'from',
  'idempotency-key',
  'if',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'lock-token',
  'max-forwards',
  'mime-version',
  'overwrite',
  'pragma',
  'prefer',
  'priority',
  'range',
  'repr-digest',
  'signature',
  'signature-input',
  'slug',
  'soapaction',
  'timeout',
  'traceparent',
  'tracestate',
  'user-agent',
  'want-content-digest',
  'want-digest',
  'want-repr-digest',
]);

/** Vendors' names that never pass: credentials, and claims about the caller or the connection. */
const DENIED: ReadonlySet<string> = new Set([
  'api-key',
  'client-ip',
  'keep-alive',
  'content-length',
  'http2-settings',
  'transfer-encoding',
  'true-client-ip',
  'upgrade-insecure-requests',
  'x-api-key',
  'x-auth-token',
  'x-client-cert',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-csrf-token',
  'x-goog-api-key',
  'x-goog-iap-jwt-assertion',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-host',
  'x-original-host',
  'x-original-url',
  'x-originating-ip',
  'x-proxy-key',
  'x-proxyuser-ip',
  'x-request-id',
  'x-rewrite-url',
  'x-scheme',
  'x-url-scheme',
  'x-user-ip',
]);

const DENIED_PREFIXES = [
  'access-control-',
  'cf-',
  'fastly-',
  'fly-',
  'proxy-',
  'remote-',
  'sec-',
  'ssl-client-',
  'x-accel-',
  'x-amzn-',
  'x-appengine-',
  'x-auth-request-',
  'x-consumer-',
  'x-envoy-',
  'x-forwarded',
  'x-goog-authenticated-user-',
  'x-middleware-',
  'x-ms-client-principal',
  'x-original-',
  'x-real-',
  'x-remote-',
  'x-ssl-client-',
  'x-tollgate-',
  'x-vercel-',
];

const VENDOR_NAME = /^[a-z0-9!#$%&'*+.^`|~]+(-[a-z0-9!#$%&'*+.^`|~]+)+$/;

/** What to do with a header of this name. */
const Rule = {
  drop: 0,
  forward: 1,
  authorization: 2,
  key: 3,
  proxyKey: 4,
  contentLength: 5,
  transferEncoding: 6,
  connection: 7,
  upgrade: 8,
  via: 9,
  origin: 10,
  idempotencyKey: 11,
  own: 12,
} as const;
type Rule = (typeof Rule)[keyof typeof Rule];

const SPECIAL: Readonly<Record<string, Rule>> = {
  authorization: Rule.authorization,
  'x-proxy-key': Rule.proxyKey,
  'x-api-key': Rule.key,
  'api-key': Rule.key,
  'x-goog-api-key': Rule.key,
  'content-length': Rule.contentLength,
  'transfer-encoding': Rule.transferEncoding,
  connection: Rule.connection,
  upgrade: Rule.upgrade,
  via: Rule.via,
  origin: Rule.origin,
  'idempotency-key': Rule.idempotencyKey,
};

/** True when a request header of this lower-case name may reach a seller. */
export function isForwardable(name: string): boolean {
  if (STANDARD.has(name)) return true;
  // Names with '_' are another header to CGI-like servers.
  if (!VENDOR_NAME.test(name) || name.includes('_') || DENIED.has(name)) return false;
  return !DENIED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

const MAX_REMEMBERED = 2_000;

/** Remembers what is done with each spelling of a name, so that a request costs look-ups only. */
export class HeaderRules {
  readonly #rules = new Map<string, { rule: Rule; name: string }>();
  readonly #returnable = new Map<string, boolean>();

  find(rawName: string): { rule: Rule; name: string } {
    const known = this.#rules.get(rawName);
    if (known) return known;
    const name = rawName.toLowerCase();
    const rule = SPECIAL[name] ?? ruleOf(name);
    const found = { rule, name };
    // Callers can make names up; the memory they fill is bounded.
    if (this.#rules.size >= MAX_REMEMBERED) this.#rules.clear();
    this.#rules.set(rawName, found);
    return found;
  }

  /** `isReturnable`, remembered. */
  mayReturn(name: string): boolean {
    const known = this.#returnable.get(name);
    if (known !== undefined) return known;
    const returnable = isReturnable(name);
    if (this.#returnable.size >= MAX_REMEMBERED) this.#returnable.clear();
    this.#returnable.set(name, returnable);
    return returnable;
  }
}

/** Headers that speak to the gateway itself. */
const OWN_PREFIX = 'x-tollgate-';

function ruleOf(name: string): Rule {
  if (name.startsWith(OWN_PREFIX)) return Rule.own;
  return isForwardable(name) ? Rule.forward : Rule.drop;
}

const BEARER = /^bearer +/i;

/** Reads the request's headers once: keys, framing, and what goes on to the seller. */
export function readRequestHeaders(call: Call): void {
  const raw = call.request.rawHeaders;
  const forward = call.forwardHeaders;
  let connection = '';
  for (let i = 0; i < raw.length; i += 2) {
    const { rule, name } = call.parts.headerRules.find(raw[i]!);
    if (rule === Rule.drop) continue;
    const value = raw[i + 1]!;
    switch (rule) {
      case Rule.forward:
        forward.push(name, value);
        break;
      case Rule.authorization:
        if (BEARER.test(value)) offerKey(call, value.replace(BEARER, '').trim());
        break;
      case Rule.key:
      case Rule.proxyKey:
        offerKey(call, value.trim());
        break;
      case Rule.contentLength:
        call.contentLength = Number(value);
        break;
      case Rule.transferEncoding:
        call.chunked = true;
        break;
      case Rule.connection:
        connection = connection === '' ? value : `${connection},${value}`;
        break;
      case Rule.upgrade:
        call.upgrade = true;
        break;
      case Rule.via:
        call.via = call.via === '' ? value : `${call.via}, ${value}`;
        break;
      case Rule.origin:
        call.origin = value;
        break;
      case Rule.idempotencyKey:
        call.idempotencyKey = call.idempotencyKey === null ? value : `${call.idempotencyKey}, ${value}`;
        break;
      case Rule.own:
        call.speaksToUs = true;
        break;
    }
  }
  if (connection !== '') applyConnection(call, connection.toLowerCase());
}

/** The first one that can be a key wins; of others the first is reported. */
export function offerKey(call: Call, key: string): void {
  if (key === '') return;
  if (call.presentedKey === null || (!mayBeKey(call, call.presentedKey) && mayBeKey(call, key))) {
    call.presentedKey = key;
  }
}

/** True for what has a key's checksum, and for keys of the environment. */
export function mayBeKey(call: Call, text: string): boolean {
  return isWellFormedKey(text) || call.parts.environmentKeys.idOf(text) !== null;
}

/** Fields named in Connection are hop-by-hop (RFC 9110 §7.6.1). */
function applyConnection(call: Call, value: string): void {
  if (value === 'keep-alive' || value === 'close') {
    call.upgrade = false;
    return;
  }
  const tokens = new Set(value.split(',').map((token) => token.trim()));
  call.upgrade = call.upgrade && tokens.has('upgrade');
  tokens.delete('keep-alive');
  tokens.delete('close');
  if (tokens.size === 0) return;
  const kept: string[] = [];
  for (let i = 0; i < call.forwardHeaders.length; i += 2) {
    if (!tokens.has(call.forwardHeaders[i]!)) kept.push(call.forwardHeaders[i]!, call.forwardHeaders[i + 1]!);
  }
  call.forwardHeaders = kept;
}

/** What SDKs tell their own vendor means nothing to another. */
const VENDOR_PREFIXES = ['anthropic-', 'openai-', 'x-goog-', 'x-stainless-'];

/** Takes headers for the vendor of the caller's dialect out of a raw list, in place. */
export function removeVendorHeaders(headers: string[]): void {
  removeWhere(headers, (name) => VENDOR_PREFIXES.some((prefix) => name.startsWith(prefix)));
}

/** Takes a header out of a raw list, in place. */
export function removeHeader(headers: string[], name: string): void {
  removeWhere(headers, (other) => other === name);
}

function removeWhere(headers: string[], isUnwanted: (name: string) => boolean): void {
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    if (isUnwanted(headers[i]!)) continue;
    headers[kept] = headers[i]!;
    headers[kept + 1] = headers[i + 1]!;
    kept += 2;
  }
  headers.length = kept;
}
