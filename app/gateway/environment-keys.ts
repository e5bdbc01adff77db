import { hashKey } from '../lib/key-format.ts';

const ID_PREFIX = 'key_env_';
const ID_CHARS = 16;

/**
 * Keys that the operator sets in the environment (`GLOBAL_PROXY_KEYS`). They are compared as hashes, so
 * that how long a look-up takes tells nothing about them, and have an id that stays the same.
 */
export class EnvironmentKeys {
  readonly #pepper: string;
  readonly #idByHash = new Map<string, string>();

  constructor(secrets: readonly string[], pepper: string) {
    this.#pepper = pepper;
    for (const secret of secrets) {
      const hash = hashKey(secret, pepper).toString('hex');
      this.#idByHash.set(hash, ID_PREFIX + hash.slice(0, ID_CHARS));
    }
  }

  /** The id of this key, or null when it is none of them. */
  idOf(secret: string): string | null {
    if (this.#idByHash.size === 0) return null;
    return this.#idByHash.get(hashKey(secret, this.#pepper).toString('hex')) ?? null;
  }
}
