import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyring } from './keyring.ts';

const first = { id: 'k1', bytes: randomBytes(32) };
const second = { id: 'k2', bytes: randomBytes(32) };
const keyring = createKeyring([first]);
const SECRET = 'sk-upstream-9f3 ünïcode 金鑰';

function opens(envelope: string): boolean {
  try {
    keyring.open(envelope, 'c');
    return true;
  } catch {
    return false;
  }
}

describe('keyring', () => {
  it.each(['', 'x', SECRET, 'a'.repeat(10_000)])('opens what it sealed', (plaintext) => {
    expect(keyring.open(keyring.seal(plaintext, 'credential:crd_1'), 'credential:crd_1')).toBe(plaintext);
  });

  it('writes the version and the key id in front, and never the plaintext', () => {
    const envelope = keyring.seal(SECRET, 'c');
    expect(envelope).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
    expect(Buffer.from(envelope.split('.')[3]!, 'base64url').toString()).not.toContain('upstream');
  });

  it('uses a new nonce every time', () => {
    const nonces = Array.from({ length: 1_000 }, () => keyring.seal('same', 'c').split('.')[2]);
    expect(new Set(nonces).size).toBe(1_000);
  });

  it('refuses an envelope that was copied to another row', () => {
    expect(() => keyring.open(keyring.seal(SECRET, 'credential:crd_1'), 'credential:crd_2')).toThrow();
  });

  it('refuses an envelope with any one character changed', () => {
    const envelope = keyring.seal(SECRET, 'c');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const opened: string[] = [];
    for (let i = 0; i < envelope.length; i++) {
      for (const replacement of alphabet) {
        const changed = envelope.slice(0, i) + replacement + envelope.slice(i + 1);
        if (changed !== envelope && opens(changed)) opened.push(`position ${i} as ${replacement}`);
      }
    }
    expect(opened).toEqual([]);
  });

  it('refuses an envelope with any one bit flipped in its nonce, ciphertext or tag', () => {
    const parts = keyring.seal(SECRET, 'c').split('.');
    for (const part of [2, 3, 4]) {
      const bytes = Buffer.from(parts[part]!, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const envelope = parts
          .map((text, i) => (i === part ? flipped.toString('base64url') : text))
          .join('.');
        expect(opens(envelope)).toBe(false);
      }
    }
  });

  it.each([
    ['is empty', () => ''],
    ['is plain text', () => SECRET],
    ['has a part too many', (envelope: string) => `${envelope}.AAAA`],
    ['has a part too few', (envelope: string) => envelope.split('.').slice(0, 4).join('.')],
    ['has a shortened tag', (envelope: string) => envelope.slice(0, -6)],
    ['has padding added', (envelope: string) => `${envelope}=`],
    ['has white space in it', (envelope: string) => `${envelope} `],
    ['names a version to come', (envelope: string) => envelope.replace('v1.', 'v2.')],
    ['names a key that is gone', (envelope: string) => envelope.replace('.k1.', '.k9.')],
  ])('refuses an envelope that %s', (_, change) => {
    expect(() => keyring.open(change(keyring.seal(SECRET, 'c')), 'c')).toThrow();
  });

  it('refuses an envelope whose key id now means another key', () => {
    const other = createKeyring([{ id: 'k1', bytes: randomBytes(32) }]);
    expect(() => other.open(keyring.seal(SECRET, 'c'), 'c')).toThrow();
  });

  it('says nothing of the secret or the key in its errors', () => {
    const envelope = keyring.seal(SECRET, 'c');
    try {
      keyring.open(envelope, 'elsewhere');
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(SECRET);
      expect(String(error)).not.toContain(first.bytes.toString('base64'));
    }
  });

  it('encrypts with the first key and still opens what the others sealed', () => {
    const old = keyring.seal(SECRET, 'c');
    const rotated = createKeyring([second, first]);
    expect(rotated.open(old, 'c')).toBe(SECRET);
    expect(rotated.isOutdated(old)).toBe(true);
    const fresh = rotated.seal(SECRET, 'c');
    expect(fresh).toMatch(/^v1\.k2\./);
    expect(rotated.isOutdated(fresh)).toBe(false);
  });

  it('does not exist without a key', () => {
    expect(() => createKeyring([])).toThrow(/at least one key/);
  });
});
