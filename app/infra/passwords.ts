/** Password hashing: argon2id with OWASP's parameters (m = 19 MiB, t = 2, p = 1), PHC strings. */
import { hash, verify } from '@node-rs/argon2';

export interface Passwords {
  /** A PHC string for a new password. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash. Without a hash (unknown user) it works just as long
   * and answers false, so that time does not tell whether an account exists.
   */
  verify(storedHash: string | null, password: string): Promise<boolean>;
  /** True when the hash was made with other parameters than today's. */
  isOutdated(storedHash: string): boolean;
}

// @node-rs/argon2 exports its Algorithm as a const enum, which type stripping cannot read: 2 is argon2id.
const OPTIONS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const PREFIX = `$argon2id$v=19$m=${OPTIONS.memoryCost},t=${OPTIONS.timeCost},p=${OPTIONS.parallelism}$`;

/** Of a random password nobody knows. */
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$M0qa0lsGuiRPlD0EWLJZrQ$N/HVCcyHfvjAuZkVFuMg6lGc14bLEEhslQcZE0JbEgo';

/** NIST SP 800-63B §3.1.1.2: the same characters typed on another keyboard are the same password. */
const normalise = (password: string) => password.normalize('NFKC');

export function createPasswords(): Passwords {
  return {
    hash: (password) => hash(normalise(password), OPTIONS),
    async verify(storedHash, password) {
      const matches = await verify(storedHash ?? NOBODYS_HASH, normalise(password));
      return storedHash !== null && matches;
    },
    isOutdated: (storedHash) => !storedHash.startsWith(PREFIX),
  };
}
