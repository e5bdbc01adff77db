import { hash } from 'node:crypto';

const DIGEST_CHARS = 24;

/**
 * The id of a tool's call as OpenAI takes it: others make longer ones, and call and result must still find
 * each other.
 * @param maxChars of the dialect.
 */
export function fitCallId(id: string, maxChars: number): string {
  return id.length <= maxChars ? id : `call_${hash('sha256', id, 'hex').slice(0, DIGEST_CHARS)}`;
}
