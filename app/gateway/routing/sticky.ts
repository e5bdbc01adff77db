import type { Call } from '../call.ts';

const CONVERSATION_HEADER = 'x-tollgate-conversation';

/**
 * What calls of one conversation have in common, so that they go to one upstream and find their prompt
 * in its cache; null: nothing.
 */
export function stickyKey({ request, llm, principal }: Call): string | null {
  const named = request.headers[CONVERSATION_HEADER] ?? llm?.members['conversation'];
  const id = typeof named === 'object' && named !== null && 'id' in named ? named.id : named;
  const key = id ?? llm?.members['prompt_cache_key'];
  return typeof key === 'string' && key !== '' ? `${principal!.organizationId} ${key}` : null;
}

/** A number from 0 to 1 that is the same in every process (FNV-1a): rendezvous hashing ranks by it. */
export function hashFraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The last characters differ most between ids; mixing spreads them over all bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
