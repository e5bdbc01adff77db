/** Which passwords are accepted (OWASP ASVS 5.0 §6.2): long enough, not in every attacker's list. */
import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

export const MIN_PASSWORD_CHARS = 8;
export const MAX_PASSWORD_CHARS = 256;

export const newPasswordSchema = z.string().min(MIN_PASSWORD_CHARS).max(MAX_PASSWORD_CHARS);

/**
 * Refuses passwords that are common, one repeated character, or the person's own name or address.
 * @throws AppError `invalid_request` about `field`.
 */
export function assertStrongPassword(
  password: string,
  field: string,
  ownNames: (string | null | undefined)[],
): void {
  const plain = password.toLowerCase();
  const refuse = (reason: string, message: string): never => {
    throw new AppError('invalid_request', message, { issues: [{ field, reason }] });
  };
  if (COMMON_PASSWORDS.has(plain) || /^(.)\1*$/u.test(plain)) {
    refuse('common_password', 'This password is among the first that attackers try. Choose another one.');
  }
  if (ownNames.some((name) => name && plain === name.toLowerCase())) {
    refuse('weak_password', 'The password must not be the same as the username or e-mail address.');
  }
}
