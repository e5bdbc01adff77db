import { hash } from 'node:crypto';
import { hashKey, isWellFormedKey } from '../lib/key-format.ts';

const MAX_REMEMBERED = 50_000;

/**
 * Under which entry the snapshot has a key's principal: its HMAC. Checksum and HMAC of a key are worked out
 * once and remembered by the key's SHA-256, which costs a tenth of them; the key itself is not kept.
 */
export class KeyEntries {
  readonly #pepper: string;
  readonly #byDigest = new Map<string, string>();

  constructor(pepper: string) {
    this.#pepper = pepper;
  }

  /** Null: it cannot be a key that we issued. */
  of(key: string): string | null {
    const digest = hash('sha256', key, 'base64');
    const known = this.#byDigest.get(digest);
    if (known !== undefined) return known;
    if (!isWellFormedKey(key)) return null;
    const entry = hashKey(key, this.#pepper).toString('base64url');
    // Anybody can make up keys with a fitting checksum; the memory they fill is bounded.
    if (this.#byDigest.size >= MAX_REMEMBERED) this.#byDigest.clear();
    this.#byDigest.set(digest, entry);
    return entry;
  }
}
