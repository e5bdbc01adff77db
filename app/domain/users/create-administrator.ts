import { users, type Organization } from '../../../db/schema/index.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { createOrganization } from '../organizations/index.ts';
import { createAdministratorSchema, type CreateAdministratorInput } from './schemas.ts';
import { PUBLIC_USER_COLUMNS, type PublicUser } from './user-view.ts';

/** Creates a platform administrator, with an organization of their own. For the first run only. */
export async function createAdministrator(
  ctx: Context,
  input: CreateAdministratorInput,
): Promise<{ user: PublicUser; organization: Organization }> {
  requireSystem(ctx);
  const { username, password, mustChangePassword } = parseInput(createAdministratorSchema, input);
  const passwordHash = await ctx.passwords.hash(password);
  return withTransaction(ctx, async (tx) => {
    const [user] = await tx.db
      .insert(users)
      .values({
        id: newId('user'),
        username,
        passwordHash,
        displayName: username,
        isPlatformAdmin: true,
        mustChangePassword,
      })
      .returning(PUBLIC_USER_COLUMNS);
    const organization = await createOrganization(tx, {
      name: username,
      slugFrom: username,
      ownerId: user!.id,
    });
    await appendAuditEvent(tx, {
      organizationId: null,
      action: 'user.administrator_created',
      subjectId: user!.id,
      after: { username },
    });
    return { user: user!, organization };
  });
}
