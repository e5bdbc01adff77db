import { AppError } from '../lib/app-error.ts';
import type { Call } from './call.ts';
import { findDoor, findLlmRoute } from './doors.ts';
import { mayBeKey, offerKey, readRequestHeaders } from './headers.ts';
import { assertSafePath, assertSafeQuery, takeQueryKey } from './target-url.ts';

const PREFIXES = { llm: ['/llm/'], service: ['/proxy/v1/', '/proxy/'] } as const;
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
  if (call.upgrade && !call.websocket) {
    throw new AppError('upgrade_required', 'Protocol upgrades are not supported here; use plain HTTP/1.1.');
  }
  if (call.door === 'model' || call.door === 'endpoint') {
    // Only paths that are spelled out in a table go on from here.
    call.restPath = path;
    if (call.door === 'model') call.llmRoute = findLlmRoute(path);
    return;
  }
  const prefix = PREFIXES[call.door].find((one) => path.startsWith(one))!;
  const slash = path.indexOf('/', prefix.length);
  const reference = slash === -1 ? path.slice(prefix.length) : path.slice(prefix.length, slash);
  call.restPath = slash === -1 ? '' : path.slice(slash);
  if (call.door === 'llm') call.llmRoute = findLlmRoute(call.restPath);
  assertSafePath(call.restPath);
  if (!SERVICE_REFERENCE.test(reference)) {
    throw new AppError('service_not_found', 'There is no service with this name.');
  }
  call.serviceReference = reference;
}

function readQuery(call: Call, query: string): void {
  assertSafeQuery(query);
  // Without a key in the headers, whatever `key` holds was meant for us.
  const meant = (value: string): boolean => call.presentedKey === null || mayBeKey(call, value);
  const { key, rest } = takeQueryKey(query, meant);
  call.query = rest;
  if (key !== null) offerKey(call, key);
}
