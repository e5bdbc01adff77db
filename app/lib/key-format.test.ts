import { describe, expect, it } from 'vitest';
import {
  generateKeySecret,
  hashKey,
  isWellFormedKey,
  KEY_PATTERN,
  keyPrefix,
  lastFour,
} from './key-format.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('a generated key', () => {
  const secrets = Array.from({ length: 2_000 }, generateKeySecret);

  it('has the published shape and a checksum that fits', () => {
    for (const secret of secrets) {
      expect(secret).toMatch(/^tg_live_[0-9A-Za-z]{36}$/);
      expect(`curl -H "Authorization: Bearer ${secret}"`.match(KEY_PATTERN)?.[0]).toBe(secret);
      expect(isWellFormedKey(secret)).toBe(true);
    }
  });

  it('is never made twice', () => {
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  it('uses every character of the alphabet equally often', () => {
    const counts = new Map<string, number>();
    for (const secret of secrets) {
      for (const char of secret.slice(8, 38)) counts.set(char, (counts.get(char) ?? 0) + 1);
    }
    const expected = (secrets.length * 30) / ALPHABET.length;
    const chiSquare = [...ALPHABET].reduce(
      (sum, char) => sum + ((counts.get(char) ?? 0) - expected) ** 2 / expected,
      0,
    );
    // 61 degrees of freedom: beyond 130 once in a million runs; byte % 62 would give about 1 400.
    expect(chiSquare).toBeLessThan(130);
  });

  it('is recognised by its prefix and its last four characters', () => {
    const secret = 'tg_live_0123456789ABCDEFGHIJKLMNOPQRST000000';
    expect(keyPrefix(secret)).toBe('tg_live_0123');
    expect(lastFour(secret)).toBe('0000');
  });
});

describe('the checksum', () => {
  it('refuses every single wrong character', () => {
    const secret = generateKeySecret();
    for (let at = 0; at < secret.length; at++) {
      for (const char of `${ALPHABET}_-. `) {
        if (char === secret[at]) continue;
        expect(isWellFormedKey(secret.slice(0, at) + char + secret.slice(at + 1))).toBe(false);
      }
    }
  });

  it('refuses swapped neighbours, cut and extended keys', () => {
    const secret = generateKeySecret();
    for (let at = 8; at < secret.length - 1; at++) {
      if (secret[at] === secret[at + 1]) continue;
      const swapped = secret.slice(0, at) + secret[at + 1] + secret[at] + secret.slice(at + 2);
      expect(isWellFormedKey(swapped)).toBe(false);
    }
    for (const text of ['', 'tg_live_', secret.slice(0, -1), `${secret}0`, ` ${secret}`, `${secret}\n`]) {
      expect(isWellFormedKey(text)).toBe(false);
    }
  });

  it('is CRC-32 in base62, padded with zeros', () => {
    // Computed with another implementation, Python's zlib.
    expect(isWellFormedKey(`tg_live_${'0'.repeat(30)}3nUU1K`)).toBe(true);
  });
});

describe('hashKey', () => {
  it('depends on the key and on the pepper, and is the same every time', () => {
    const secret = generateKeySecret();
    expect(hashKey(secret, 'pepper').equals(hashKey(secret, 'pepper'))).toBe(true);
    expect(hashKey(secret, 'pepper').equals(hashKey(secret, 'salt'))).toBe(false);
    expect(hashKey(secret, 'pepper').equals(hashKey(generateKeySecret(), 'pepper'))).toBe(false);
    expect(hashKey(secret, 'pepper')).toHaveLength(32);
  });
});
