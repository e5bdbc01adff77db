import { eq } from 'drizzle-orm';
import { isUniqueViolation } from '../../../db/errors.ts';
import { users } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireActor, withTransaction, type Context } from '../context.ts';
import { refreshUserSessions } from '../sessions/index.ts';
import { updateProfileSchema, type UpdateProfileInput } from './schemas.ts';

/** Changes what is given of the acting user's own profile. */
export async function updateProfile(ctx: Context, input: UpdateProfileInput): Promise<void> {
  const { userId } = requireActor(ctx);
  const changes = parseInput(updateProfileSchema, input);
  if (Object.values(changes).every((value) => value === undefined)) return;
  try {
    await withTransaction(ctx, async (tx) => {
      await tx.db.update(users).set(changes).where(eq(users.id, userId));
      await appendAuditEvent(tx, {
        organizationId: null,
        action: 'user.profile_updated',
        subjectId: userId,
        // The trail is never deleted, so it notes which fields changed and no personal data.
        after: { fields: Object.keys(changes) },
      });
    });
  } catch (cause) {
    if (!isUniqueViolation(cause, 'users_email_key')) throw cause;
    throw new AppError('already_exists', 'This e-mail address cannot be used.', {
      issues: [{ field: 'email', reason: 'email_unavailable' }],
      cause,
    });
  }
  await refreshUserSessions(ctx, userId);
}
