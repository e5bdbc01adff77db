import type CachePolicy from 'http-cache-semantics';
import type { CapturedAnswer } from './answers/answer-body.ts';

/** An answer in the store. */
export interface CachedAnswer extends CapturedAnswer {
  storedAtMs: number;
  /** What RFC 9111 says of it; null: an LLM's, which lives as long as the service says. */
  policy: CachePolicy.CachePolicyObject | null;
}

const LENGTH_BYTES = 4;

/** One value: the length of the facts, the facts as JSON, the body as it is. */
export function packAnswer({ body, ...facts }: CachedAnswer): Buffer {
  const json = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

/** @throws Error when the bytes are none of ours. */
export function unpackAnswer(packed: Buffer): CachedAnswer {
  const bodyStart = LENGTH_BYTES + packed.readUInt32BE();
  const facts = JSON.parse(packed.toString('utf8', LENGTH_BYTES, bodyStart)) as Omit<CachedAnswer, 'body'>;
  return { ...facts, body: packed.subarray(bodyStart) };
}
