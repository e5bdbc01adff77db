/**
 * From the raw request target to the seller's URL (row P4). Paths are checked as the bytes they arrived
 * as and concatenated; nothing a caller writes is ever resolved against the seller's base.
 */
import { AppError } from '../lib/app-error.ts';

const SLASH = 0x2f;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const DOT = 0x2e;

/** Escapes that mean a separator, a dot segment or a control character to some server behind us. */
const DECEPTIVE_ESCAPE = /^(?:[01][0-9a-f]|7f|2e|2f|5c)$/;
const DECEPTIVE = /%(?:[01][0-9a-f]|7f|2e|2f|5c)/i;
/** The same in too many bytes (RFC 3629 §3), which old decoders take for it. */
const OVERLONG = /%c0%(?:80|ae|af)|%c1%9c|%e0%80%(?:80|ae|af)|%e0%81%9c|%f0%80%80%(?:80|ae|af)|%f0%80%81%9c/i;
/** Escaped more often than this nobody means well. */
const MAX_ESCAPED = 4;

/** @throws AppError `invalid_request` naming what the path must not contain. */
export function assertSafePath(path: string): void {
  let segmentStart = 1;
  for (let i = 0; i <= path.length; i++) {
    const code = i === path.length ? SLASH : path.charCodeAt(i);
    if (code === SLASH) {
      if (i > 0 && isDotSegment(path, segmentStart, i)) throw invalidPath('dot segments');
      if (i > 0 && i < path.length && i === segmentStart) throw invalidPath('empty segments');
      segmentStart = i + 1;
      continue;
    }
    if (code <= 0x20 || code >= 0x7f) throw invalidPath('unescaped characters outside ASCII');
    if (code === BACKSLASH) throw invalidPath('backslashes');
    if (code === SEMICOLON) throw invalidPath('semicolons');
    if (code === 0x23) throw invalidPath('fragments');
    if (code === PERCENT) {
      const escape = path.slice(i + 1, i + 3).toLowerCase();
      if (!/^[0-9a-f]{2}$/.test(escape)) throw invalidPath('broken percent escapes');
      if (DECEPTIVE_ESCAPE.test(escape)) throw invalidPath('escaped dots, slashes or control characters');
    }
  }
  if (!path.includes('%')) return;
  if (OVERLONG.test(path)) throw invalidPath('overlong escapes');
  if (path.includes('%25') && hidesSeparators(path)) throw invalidPath('doubly escaped separators');
}

/** True when decoding once more than it should be makes separators of it, whatever they were escaped with. */
function hidesSeparators(path: string): boolean {
  let text = path;
  for (let times = 0; times < MAX_ESCAPED; times++) {
    const decoded = text.replace(/%([0-9a-f]{2})/gi, (_escape, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
    if (decoded === text) return false;
    if (DECEPTIVE.test(decoded) || OVERLONG.test(decoded)) return true;
    text = decoded;
  }
  return true;
}

/** @throws AppError `invalid_request` for characters that no query may contain unescaped. */
export function assertSafeQuery(query: string): void {
  for (let i = 0; i < query.length; i++) {
    const code = query.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x23) {
      throw new AppError('invalid_request', 'The query contains characters that must be percent-encoded.');
    }
  }
}

function isDotSegment(path: string, start: number, end: number): boolean {
  const length = end - start;
  if (length === 1) return path.charCodeAt(start) === DOT;
  return length === 2 && path.charCodeAt(start) === DOT && path.charCodeAt(start + 1) === DOT;
}

function invalidPath(what: string): AppError {
  return new AppError('invalid_request', `The path must not contain ${what}.`);
}

export interface QueryKey {
  key: string | null;
  /** The query without it. */
  rest: string;
}

/** Takes `?key=` out of a raw query; a `key` that is no key of ours stays when `keep` says so. */
export function takeQueryKey(query: string, isOurs: (value: string) => boolean): QueryKey {
  if (!mayName(query, 'key')) return { key: null, rest: query };
  let key: string | null = null;
  const rest = query.split('&').filter((part) => {
    if (nameOf(part) !== 'key') return true;
    const value = part.slice(part.indexOf('=') + 1);
    if (!isOurs(value)) return true;
    key ??= value;
    return false;
  });
  return { key, rest: rest.join('&') };
}

/** The raw query without every parameter of this name, however it is escaped. */
export function withoutParameter(query: string, name: string): string {
  if (!mayName(query, name)) return query;
  return query
    .split('&')
    .filter((part) => nameOf(part) !== name)
    .join('&');
}

function mayName(query: string, name: string): boolean {
  return query.includes(name) || query.includes('%') || query.includes('+');
}

function nameOf(part: string): string {
  const raw = part.split('=', 1)[0]!.replaceAll('+', ' ');
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

const PLAIN_PATH = /^\/[\w/.~!$&'()*+,=:@-]*$/;

/**
 * `path` on the wire for an upstream: base path + rest + query, proven to lie below the base.
 * @param rest '' or '/…', already checked by `assertSafePath`.
 * @throws AppError `invalid_request` when the URL would be another origin or leave the base path.
 */
export function buildTargetPath(origin: string, basePath: string, rest: string, query: string): string {
  const path = basePath + rest || '/';
  const target = query === '' ? path : `${path}?${query}`;
  // Behind an origin, a path of such characters without a segment that begins with a dot is what it seems to be.
  if ((rest === '' || rest.startsWith('/')) && PLAIN_PATH.test(path) && !path.includes('/.')) return target;
  const url = URL.parse(origin + target);
  if (
    url === null ||
    url.origin !== origin ||
    url.username !== '' ||
    url.hash !== '' ||
    !isBelow(url.pathname, basePath)
  ) {
    throw new AppError('invalid_request', 'The path leads out of the service.');
  }
  return target;
}

/** True when `path` is the base path or lies below it. */
export function isBelow(path: string, basePath: string): boolean {
  return basePath === '' || path === basePath || path.startsWith(`${basePath}/`);
}

const VERSION_IN_BASE = /\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/;
const VERSION_IN_FRONT = /^\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/;

/**
 * Sellers type an LLM's base with or without its version (`/v1`, `/api/paas/v4`, `/v1beta/openai`);
 * callers' SDKs send one of their own. Where the base has one, it is the one.
 */
export function joinVersion(basePath: string, rest: string): string {
  if (basePath.endsWith('/openai') && rest.startsWith('/openai/')) return rest.slice('/openai'.length);
  return VERSION_IN_BASE.test(basePath) ? rest.replace(VERSION_IN_FRONT, '') : rest;
}
