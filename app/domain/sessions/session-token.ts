/** The random value in the cookie, and what of it is kept. */
import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
export const ABSOLUTE_LIFETIME_MS = 30 * 24 * 3600 * 1000;
export const IDLE_LIFETIME_MS = 7 * 24 * 3600 * 1000;

export function newSessionToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** SHA-256 is enough for 256 random bits: there is nothing to guess. */
export function hashSessionToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
