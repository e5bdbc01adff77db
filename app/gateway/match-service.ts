import { AppError } from '../lib/app-error.ts';
import { isWellFormedKey } from '../lib/key-format.ts';
import type { Call } from './call.ts';
import { offerKey, readRequestHeaders } from './headers.ts';
import { assertSafePath, assertSafeQuery, takeQueryKey } from './target-url.ts';

const PROXY_PREFIX = '/proxy/';
const VERSIONED_PREFIX = '/proxy/v1/';
const OPENAI_PREFIX = '/v1/';
const ABSOLUTE_DOOR = /^[a-z][a-z0-9+.-]*:\/\/[^/]*\/(?:proxy|v1)(?:[/?#]|$)/i;

/** Which door a raw request target belongs to, or null when it is none of the gateway's. */
export function findDoor(target: string): 'service' | 'openai' | 'absolute' | null {
  if (target.startsWith(PROXY_PREFIX)) return 'service';
  if (target.startsWith(OPENAI_PREFIX)) return 'openai';
  // Absolute-form would let the caller name a host; the doors refuse it instead of guessing.
  return target.charCodeAt(0) !== 0x2f && ABSOLUTE_DOOR.test(target) ? 'absolute' : null;
}

const SERVICE_REFERENCE = /^[a-z0-9][a-z0-9_-]{0,99}$/;

/** Stage 1: door, service and path, from the raw target; the request's headers, read once. */
export function matchService(call: Call): void {
  const target = call.request.url ?? '/';
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  readRequestHeaders(call);
  if (question !== -1) readQuery(call, target.slice(question + 1));
  if (call.method === 'TRACE' || call.method === 'CONNECT') {
    throw new AppError('method_not_allowed', `${call.method} is not passed on.`);
  }
  if (findDoor(target) === 'absolute') {
    throw new AppError('invalid_request', 'The request target must be a path.');
  }
  if (call.upgrade) {
    throw new AppError('upgrade_required', 'Protocol upgrades are not supported here; use plain HTTP/1.1.');
  }
  if (call.door === 'openai') {
    // Only paths that are spelled out in `compose` go on from here.
    call.restPath = path;
    return;
  }
  const prefix = path.startsWith(VERSIONED_PREFIX) ? VERSIONED_PREFIX : PROXY_PREFIX;
  const slash = path.indexOf('/', prefix.length);
  const reference = slash === -1 ? path.slice(prefix.length) : path.slice(prefix.length, slash);
  call.restPath = slash === -1 ? '' : path.slice(slash);
  assertSafePath(call.restPath);
  if (!SERVICE_REFERENCE.test(reference)) {
    throw new AppError('service_not_found', 'There is no service with this name.');
  }
  call.serviceReference = reference;
}

function readQuery(call: Call, query: string): void {
  assertSafeQuery(query);
  // Without a key in the headers, whatever `key` holds was meant for us.
  const meant = call.presentedKey === null ? () => true : isWellFormedKey;
  const { key, rest } = takeQueryKey(query, meant);
  call.query = rest;
  if (key !== null) offerKey(call, key);
}
