import type * as Argon2 from '@node-rs/argon2';
import { describe, expect, it, vi } from 'vitest';
import { createPasswords } from './passwords.ts';

const argon2 = vi.hoisted(() => ({
  verify: vi.fn<(stored: string, password: string) => Promise<boolean>>(),
}));
vi.mock('@node-rs/argon2', async (importOriginal) => {
  const actual = await importOriginal<typeof Argon2>();
  argon2.verify.mockImplementation((stored, password) => actual.verify(stored, password));
  return { ...actual, verify: argon2.verify };
});

const passwords = createPasswords();

describe('passwords', () => {
  it('hashes with argon2id, 19 MiB, two passes, and another salt each time', async () => {
    const [one, two] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(passwords.isOutdated(one)).toBe(false);
  });

  it('verifies the right password and refuses a wrong one', async () => {
    const hash = await passwords.hash('correct horse');
    expect(await passwords.verify(hash, 'correct horse')).toBe(true);
    expect(await passwords.verify(hash, 'correct horsE')).toBe(false);
  });

  it('takes long passwords in full', async () => {
    const long = 'x'.repeat(255);
    const hash = await passwords.hash(`${long}a`);
    expect(await passwords.verify(hash, `${long}b`)).toBe(false);
  });

  it('treats differently composed characters as the same', async () => {
    expect(await passwords.verify(await passwords.hash('caf\u00e9 noir'), 'cafe\u0301 noir')).toBe(true);
  });

  it('does the same work for an unknown user as for a known one, and refuses', async () => {
    const known = await passwords.hash('correct horse');
    argon2.verify.mockClear();
    expect(await passwords.verify(known, 'wrong')).toBe(false);
    expect(await passwords.verify(null, 'wrong')).toBe(false);
    const [first, second] = argon2.verify.mock.calls.map(([stored]) => stored);
    expect(first).toBe(known);
    // Not outdated: the same algorithm, memory and passes, so the same time.
    expect(passwords.isOutdated(String(second))).toBe(false);
  });

  it('knows hashes made with other parameters', () => {
    expect(passwords.isOutdated('$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA')).toBe(true);
  });
});
