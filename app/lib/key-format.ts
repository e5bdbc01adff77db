/**
 * Format of the keys buyers call with: `tg_live_`, 30 random base62 characters (178 bits) and a
 * checksum of six. The checksum lets us refuse typos and junk without a look-up, and lets secret
 * scanners tell real keys from lookalikes.
 */
import { createHmac, randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = ALPHABET.length;
const MARK = 'tg_live_';
const RANDOM_CHARS = 30;
const CHECKSUM_CHARS = 6;
const SIGNED_CHARS = MARK.length + RANDOM_CHARS;
const PREFIX_CHARS = MARK.length + 4;
/** Bytes from here on are thrown away: keeping them would favour the alphabet's first characters. */
const UNBIASED_BELOW = 256 - (256 % BASE);

/** Published for secret scanners; finds keys inside other text. */
export const KEY_PATTERN = /\btg_live_[0-9A-Za-z]{36}\b/;

const WHOLE_KEY = /^tg_live_[0-9A-Za-z]{36}$/;

function randomBase62(length: number): string {
  const pool = Buffer.allocUnsafe(length * 2);
  let text = '';
  while (text.length < length) {
    for (const byte of randomFillSync(pool)) {
      if (byte < UNBIASED_BELOW && text.length < length) text += ALPHABET.charAt(byte % BASE);
    }
  }
  return text;
}

/** CRC-32 (ISO 3309) of `text` in base62, most significant character first, padded with zeros. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let i = 0; i < CHECKSUM_CHARS; i++) {
    checksum = ALPHABET.charAt(rest % BASE) + checksum;
    rest = Math.floor(rest / BASE);
  }
  return checksum;
}

/** A new key; whoever holds it may call. It is shown once and stored only as a hash. */
export function generateKeySecret(): string {
  const signed = MARK + randomBase62(RANDOM_CHARS);
  return signed + checksumOf(signed);
}

/** True when `text` has a key's shape and its checksum fits; says nothing about its existence. */
export function isWellFormedKey(text: string): boolean {
  return WHOLE_KEY.test(text) && checksumOf(text.slice(0, SIGNED_CHARS)) === text.slice(SIGNED_CHARS);
}

/**
 * What is stored instead of the key: HMAC-SHA-256 under a pepper that is not in the database. A fast
 * hash will do: 178 random bits cannot be guessed, unlike a password.
 */
export function hashKey(secret: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}

/** `tg_live_` and four characters, by which people recognise a key. */
export function keyPrefix(secret: string): string {
  return secret.slice(0, PREFIX_CHARS);
}

/** The last four characters, shown beside the prefix. */
export function lastFour(secret: string): string {
  return secret.slice(-4);
}
