/**
 * Format of redeem codes: four groups of five characters without look-alikes (Crockford's base32), of
 * which 100 bits are random. People read them aloud, so typing is forgiven where it is no doubt.
 */
import { createHmac, randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
const GROUP_CHARS = 5;
const CODE_CHARS = GROUPS * GROUP_CHARS;

/** A new code; shown once and stored only as a hash. */
export function generateRedeemCode(): string {
  const bytes = randomFillSync(Buffer.allocUnsafe(CODE_CHARS));
  const characters = [...bytes].map((byte) => ALPHABET.charAt(byte & 31)).join('');
  return characters.match(/.{5}/g)!.join('-');
}

/** The code as it was made, whatever was typed; null when it cannot be one. */
export function normalizeRedeemCode(typed: string): string | null {
  const characters = typed
    .toUpperCase()
    .replace(/[\s‐-―_-]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (characters.length !== CODE_CHARS || [...characters].some((one) => !ALPHABET.includes(one))) return null;
  return characters.match(/.{5}/g)!.join('-');
}

/** What is stored: HMAC-SHA-256 under a pepper that is not in the database, apart from that of keys. */
export function hashRedeemCode(code: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(`redeem:${code}`).digest();
}
