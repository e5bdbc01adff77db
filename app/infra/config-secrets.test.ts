import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isPublishedSample, parseEncryptionKeys } from './config-secrets.ts';

describe('published samples', () => {
  it.each([
    'your-super-secret-jwt-key',
    'YOUR-SUPER-SECRET-JWT-KEY',
    'your-32-byte-long-encryption-key',
    'your_own_secret_goes_here_0123456789',
    'please-change-me-please-change-me-please',
    'changeme',
    'admin123',
    'password',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '0000',
  ])('knows %s', (text) => {
    expect(isPublishedSample(text)).toBe(true);
  });

  it('takes random secrets for what they are', () => {
    for (let i = 0; i < 1_000; i++) {
      expect(isPublishedSample(randomBytes(32).toString('base64'))).toBe(false);
      expect(isPublishedSample(randomBytes(32).toString('hex'))).toBe(false);
    }
  });
});

describe('encryption keys', () => {
  const bytes = randomBytes(32);
  const parse = (text: string) => {
    const problems: string[] = [];
    return { keys: parseEncryptionKeys(text, problems), problems };
  };

  it.each([
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
  ])('reads one key in %s', (_, text) => {
    expect(parse(text)).toEqual({ keys: [{ id: 'k1', bytes }], problems: [] });
  });

  it('reads 32 plain characters, as the reference systems write them', () => {
    const text = 'this is 32 plain characters long';
    expect(parse(text).keys).toEqual([{ id: 'k1', bytes: Buffer.from(text) }]);
  });

  it('reads a list, first key first', () => {
    const other = randomBytes(32);
    const { keys, problems } = parse(`k7:${bytes.toString('base64')}, k6:${other.toString('hex')} `);
    expect(problems).toEqual([]);
    expect(keys).toEqual([
      { id: 'k7', bytes },
      { id: 'k6', bytes: other },
    ]);
  });

  it('names every key that is none, without showing it', () => {
    const { problems } = parse(`a:tooShortToBeAKey,b:${'x'.repeat(33)}`);
    expect(problems).toHaveLength(2);
    expect(problems.join()).toMatch(/"a".*"b"/s);
    expect(problems.join()).not.toContain('tooShortToBeAKey');
  });

  it('refuses the same key id twice', () => {
    const key = bytes.toString('base64');
    expect(parse(`k1:${key},k1:${key}`).problems).toEqual([expect.stringContaining('stands twice')]);
  });
});
