/**
 * Who made a stored response: OpenAI's know their earlier ones by the account that they were made with, so a call
 * that goes on from one has to go there again.
 */
import { AppError } from '../../lib/app-error.ts';
import type { Call } from '../call.ts';
import type { Candidate } from './candidate.ts';

const KEPT_MS = 24 * 3_600_000;
const MEMBER = 'previous_response_id';
/** As OpenAI makes them; longer ones are nobody's. */
const ID = /^[\w-]{1,128}$/;

/** Notes it where the next call could go elsewhere. */
export function rememberMaker(call: Call, { service, model, key }: Candidate, responseId: string): void {
  if (call.llm?.isStored === false || !ID.test(responseId)) return;
  if (service.candidates.of(service, model).length < 2) return;
  void call.parts.store.cache.set(cacheKeyOf(call, service.id, responseId), key, KEPT_MS);
}

/** The only candidate's key that the call can go to; null where it names no response. Unknown ones are ''. */
export function findMaker(call: Call): Promise<string> | null {
  const { llm, service } = call;
  const previous = llm?.dialect === 'openai-responses' ? llm.members[MEMBER] : null;
  if (typeof previous !== 'string' || !ID.test(previous)) return null;
  return call.parts.store.cache.get(cacheKeyOf(call, service!.id, previous)).then((key) => key ?? '');
}

/** @throws AppError `invalid_request` when the seller has taken that account away, or from this model. */
export function assertMakerExists(candidates: readonly Candidate[], maker: string): void {
  if (candidates.some(({ key }) => key === maker)) return;
  throw new AppError(
    'invalid_request',
    'The service has no upstream for this model any more that knows the previous response; send the messages themselves.',
    { issues: [{ field: MEMBER, reason: 'invalid' }] },
  );
}

/** By organization and service: nobody can be sent elsewhere by an id that somebody else makes up. */
function cacheKeyOf({ principal }: Call, serviceId: string, responseId: string): string {
  return `response:${principal!.organizationId}:${serviceId}:${responseId}`;
}
