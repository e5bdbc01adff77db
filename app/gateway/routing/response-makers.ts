/**
 * Who made a stored response, and for whom: OpenAI's know their earlier ones by the account that they were made with,
 * so a call that goes on from one has to go there again; and all buyers share that account, so nobody may go on
 * from, read or delete what was made for another.
 */
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import { versionOf } from '../doors.ts';
import type { Candidate } from './candidate.ts';

const KEPT_MS = 24 * 3_600_000;
const MEMBER = 'previous_response_id';
/** As OpenAI makes them; longer ones are nobody's. */
const ID = /^[\w-]{1,128}$/;
const PATH = /^\/responses\/([\w-]{1,128})(\/input_items)?$/;

export function rememberMaker(call: Call, { service, key }: Candidate, responseId: string): void {
  if (call.llm?.isStored === false || !ID.test(responseId)) return;
  const made = `${call.principal!.organizationId} ${key}`;
  void call.parts.store.cache.set(cacheKeyOf(service.id, responseId), made, KEPT_MS);
}

/** The response that a call is about by its path, which names no model; null: none. */
export function findStoredResponse({ method, restPath }: Call): string | null {
  const [, id = null, items] = PATH.exec(restPath.slice(versionOf(restPath).length)) ?? [];
  return method === 'GET' || (method === 'DELETE' && items === undefined) ? id : null;
}

/**
 * The only candidate's key that the call can go to; null where it names no response; '' for one that nobody
 * remembers, where any may be asked.
 * @throws AppError `not_found`, `invalid_request` for a response that is not the caller's.
 */
export function findMaker(call: Call): Promise<string> | null {
  const id = call.storedResponseId ?? previousOf(call);
  if (id === null) return null;
  return call.parts.store.cache.get(cacheKeyOf(call.service!.id, id)).then((made) => {
    const [owner, key = ''] = split(made ?? '');
    const isOwn = made === null ? call.storedResponseId === null : owner === call.principal!.organizationId;
    if (!isOwn) throw unknownResponse(call);
    return key;
  });
}

function previousOf({ llm }: Call): string | null {
  const previous = llm?.dialect === 'openai-responses' ? llm.members[MEMBER] : null;
  return typeof previous === 'string' && ID.test(previous) ? previous : null;
}

/** `org_… ups_… crd_…`: the rest is the candidate's key. */
function split(made: string): [owner: string, key: string] {
  const space = made.indexOf(' ');
  return [made.slice(0, Math.max(space, 0)), made.slice(space + 1)];
}

/** @throws AppError when the seller has taken that account away, or from this model. */
export function assertMakerExists(call: Call, candidates: readonly Candidate[]): void {
  if (candidates.some(({ key }) => key === call.maker)) return;
  throw unknownResponse(call);
}

function unknownResponse({ storedResponseId }: Call): AppError {
  if (storedResponseId !== null) {
    return new AppError(
      'not_found',
      `There is no response ${storedResponseId} here; those of your organization are known for a day.`,
    );
  }
  return new AppError(
    'invalid_request',
    'The service has no upstream for this model that knows the previous response; send the messages themselves.',
    { issues: [{ field: MEMBER, reason: 'invalid' }] },
  );
}

function cacheKeyOf(serviceId: string, responseId: string): string {
  return `response:${serviceId}:${responseId}`;
}
