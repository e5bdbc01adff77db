import { and, eq } from 'drizzle-orm';
import { users } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireActor, withTransaction, type Context } from '../context.ts';
import { deleteUserSessions, forgetCachedSessions } from '../sessions/index.ts';
import { assertStrongPassword } from './password-policy.ts';
import { changePasswordSchema, type ChangePasswordInput } from './schemas.ts';
import { beginAttempt } from './throttle.ts';

/**
 * Changes the acting user's password. Every session ends, this one too (log the browser in again
 * with `createSession`), and every access token dies with the old password.
 * @throws AppError `invalid_request` about `currentPassword` or `newPassword`, `rate_limited`.
 */
export async function changePassword(ctx: Context, input: ChangePasswordInput): Promise<void> {
  const actor = requireActor(ctx);
  const { currentPassword, newPassword } = parseInput(changePasswordSchema, input);
  const [user] = await ctx.db
    .select({ username: users.username, email: users.email, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.id, actor.userId));
  if (!user) throw new AppError('not_found', 'There is no such user.');
  const attempt = await beginAttempt(ctx, actor.userId);
  if (!(await ctx.passwords.verify(user.passwordHash, currentPassword))) {
    await attempt.failed();
    throw new AppError('invalid_request', 'The current password is not right.', {
      issues: [{ field: 'currentPassword', reason: 'wrong_password' }],
    });
  }
  await attempt.succeeded();
  if (newPassword === currentPassword) {
    throw new AppError('invalid_request', 'The new password is the same as the current one.', {
      issues: [{ field: 'newPassword', reason: 'same_password' }],
    });
  }
  assertStrongPassword(newPassword, 'newPassword', [user.username, user.email]);
  const passwordHash = await ctx.passwords.hash(newPassword);
  const ended = await withTransaction(ctx, async (tx) => {
    const [changed] = await tx.db
      .update(users)
      .set({ passwordHash, mustChangePassword: false })
      // Two changes at once: the second one checked a password that is gone.
      .where(and(eq(users.id, actor.userId), eq(users.passwordHash, user.passwordHash)))
      .returning({ id: users.id });
    if (!changed) throw new AppError('conflict', 'The password was changed elsewhere at the same time.');
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'user.password_changed',
      subjectId: actor.userId,
    });
    return deleteUserSessions(tx, { userId: actor.userId });
  });
  await forgetCachedSessions(ctx, ended);
}
