import { eq } from 'drizzle-orm';
import { organizations, type Organization } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireActor, type Context } from '../context.ts';

/** The organization the actor acts for. */
export async function getOrganization(ctx: Context): Promise<Organization> {
  const { organizationId } = requireActor(ctx);
  const [organization] = await ctx.db
    .select()
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  if (!organization) throw new AppError('not_found', 'There is no such organization.');
  return organization;
}
