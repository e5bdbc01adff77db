import { isUniqueViolation } from '../../../db/errors.ts';
import { users, type Organization } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { withTransaction, type Context } from '../context.ts';
import { createOrganization } from '../organizations/index.ts';
import { assertStrongPassword } from './password-policy.ts';
import { registerUserSchema, type RegisterUserInput } from './schemas.ts';
import { limitRegistrations } from './throttle.ts';
import { PUBLIC_USER_COLUMNS, type PublicUser } from './user-view.ts';

/**
 * Registers a person with an organization and a wallet of their own, in one transaction.
 *
 * A username is public, so that it is taken has to be told. An e-mail address is not: both clashes
 * give one and the same answer, after the same work, which does not say which of the two it was.
 * @throws AppError `invalid_request` with issues, `already_exists`, `rate_limited`.
 */
export async function registerUser(
  ctx: Context,
  input: RegisterUserInput,
): Promise<{ user: PublicUser; organization: Organization }> {
  const { role, password, ...fields } = parseInput(registerUserSchema, input);
  assertStrongPassword(password, 'password', [fields.username, fields.email]);
  await limitRegistrations(ctx);
  const passwordHash = await ctx.passwords.hash(password);
  const displayName = fields.displayName ?? fields.username;
  try {
    return await withTransaction(ctx, async (tx) => {
      const [user] = await tx.db
        .insert(users)
        .values({ ...fields, displayName, id: newId('user'), passwordHash, email: fields.email ?? null })
        .returning(PUBLIC_USER_COLUMNS);
      const organization = await createOrganization(
        { ...tx, actor: { type: 'system', job: 'register_user' } },
        {
          name: displayName,
          slugFrom: fields.username,
          ownerId: user!.id,
          isSeller: role === 'seller',
          timeZone: fields.timeZone,
        },
      );
      await appendAuditEvent(tx, {
        organizationId: organization.id,
        action: 'user.registered',
        subjectId: user!.id,
        after: { username: fields.username, role },
      });
      return { user: user!, organization };
    });
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new AppError('already_exists', 'This username or e-mail address cannot be used.', {
      issues: [{ field: 'username', reason: 'account_unavailable' }],
      cause,
    });
  }
}
