import { describe, expect, it } from 'vitest';
import { isAppError } from '../../lib/app-error.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { assertStrongPassword, newPasswordSchema } from './password-policy.ts';

function reasonFor(password: string): string | null {
  try {
    assertStrongPassword(password, 'password', ['somebody', 'somebody@example.com', null]);
    return null;
  } catch (error) {
    return isAppError(error) ? (error.issues[0]?.reason ?? null) : 'other';
  }
}

describe('password policy', () => {
  it('knows the 3000 most common passwords that are long enough', () => {
    expect(COMMON_PASSWORDS.size).toBeGreaterThanOrEqual(3000);
    expect([...COMMON_PASSWORDS].every((password) => password.length >= 8)).toBe(true);
  });

  it.each(['password', 'PassWord', 'password1', '12345678', 'qwertyuiop', 'aaaaaaaaaaaa'])(
    'refuses the common %s',
    (password) => {
      expect(reasonFor(password)).toBe('common_password');
    },
  );

  it('refuses the own name and address', () => {
    expect(reasonFor('Somebody')).toBe('weak_password');
    expect(reasonFor('somebody@example.com')).toBe('weak_password');
  });

  it('accepts long passphrases of any characters and asks for no special ones', () => {
    expect(reasonFor('correct horse battery staple')).toBeNull();
    expect(newPasswordSchema.safeParse('漢'.repeat(64)).success).toBe(true);
    expect(newPasswordSchema.safeParse('x'.repeat(256)).success).toBe(true);
  });

  it('refuses what is too short or absurdly long', () => {
    expect(newPasswordSchema.safeParse('short12').success).toBe(false);
    expect(newPasswordSchema.safeParse('x'.repeat(257)).success).toBe(false);
  });
});
