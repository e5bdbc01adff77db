import { and, eq, sql } from 'drizzle-orm';
import { users } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { Context } from '../context.ts';
import { verifyLoginSchema, type VerifyLoginInput } from './schemas.ts';
import { beginAttempt } from './throttle.ts';
import { PUBLIC_USER_COLUMNS, type PublicUser } from './user-view.ts';

/**
 * Checks a username or e-mail address and a password. Unknown account and wrong password are one
 * error after the same work: one throttle, one query, one argon2 computation.
 * @throws AppError `invalid_credentials`, `rate_limited`; `forbidden` for a suspended user, who
 * learns so only with the right password.
 */
export async function verifyLogin(ctx: Context, input: VerifyLoginInput): Promise<PublicUser> {
  const { login, password } = parseInput(verifyLoginSchema, input);
  const name = login.toLowerCase();
  // No username contains an @, so a name is one or the other.
  const column = name.includes('@') ? users.email : users.username;
  const [found] = await ctx.db
    .select({ ...PUBLIC_USER_COLUMNS, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(sql`lower(${column})`, name));
  const attempt = await beginAttempt(ctx, found?.id ?? `name:${name}`);
  const matches = await ctx.passwords.verify(found?.passwordHash ?? null, password);
  if (!found || !matches) {
    await attempt.failed();
    throw new AppError('invalid_credentials', 'The username, e-mail address or password is not right.');
  }
  await attempt.succeeded();
  if (found.status === 'suspended') {
    throw new AppError('forbidden', 'This account is suspended. Write to the administrator.');
  }
  const { passwordHash, ...user } = found;
  if (ctx.passwords.isOutdated(passwordHash)) {
    await ctx.db
      .update(users)
      .set({ passwordHash: await ctx.passwords.hash(password) })
      // Not over a password that was changed in the meantime.
      .where(and(eq(users.id, user.id), eq(users.passwordHash, passwordHash)));
  }
  return user;
}
