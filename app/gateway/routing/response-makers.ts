/**
 * Who made a stored response, and for whom: OpenAI's know their earlier ones by the account that they were made with,
 * so a call that goes on from one has to go there again; and all buyers share that account, so what is known to be
 * another organization's may not be gone on from by its id, and only one's own is read and deleted.
 */
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import { versionOf } from '../doors.ts';
import type { CompiledService } from '../snapshot.ts';
import type { Candidate } from './candidate.ts';

const KEPT_MS = 24 * 3_600_000;
const MEMBER = 'previous_response_id';
/** As vendors make them, and gateways in front of them; others are nobody's. */
const ID = /^[\w.:=~+-]{1,512}$/;
const PATH = /^\/responses\/([\w.:=~+-]{1,512})(\/input_items)?$/;

export function rememberMaker(call: Call, { service, key }: Candidate, responseId: string): void {
  if (call.llm?.isStored === false || !ID.test(responseId)) return;
  void remember(call, cacheKeyOf(service, responseId), key);
}

async function remember(call: Call, cacheKey: string, candidate: string): Promise<void> {
  const { cache } = call.parts.store;
  const owner = call.principal!.organizationId;
  // Some servers let callers name their responses: nobody takes over what is another's.
  const made = await cache.get(cacheKey);
  if (made === null || split(made)[0] === owner) await cache.set(cacheKey, `${owner} ${candidate}`, KEPT_MS);
}

/** Its answer is for one organization alone, and other the next time. */
export function namesStoredResponse(call: Call): boolean {
  return call.storedResponseId !== null || previousOf(call) !== null;
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
  const service = call.service!;
  return call.parts.store.cache.get(cacheKeyOf(service, id)).then((made) => {
    if (made === null) {
      if (call.storedResponseId === null || service.passOtherPaths) return '';
      throw unknownResponse(call);
    }
    const [owner, key] = split(made);
    if (owner !== call.principal!.organizationId) throw unknownResponse(call);
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

/** By seller: several services of one may stand before the same account. */
function cacheKeyOf({ organizationId }: CompiledService, responseId: string): string {
  return `response:${organizationId}:${responseId}`;
}
