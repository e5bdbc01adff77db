import { eq } from 'drizzle-orm';
import { organizations } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';

/** What the acting organization is called, for documents. */
export async function getOrganizationName(ctx: Pick<OrganizationContext, 'actor' | 'db'>): Promise<string> {
  const [found] = await ctx.db
    .select({ name: organizations.name })
    .from(organizations)
    .where(eq(organizations.id, requireOrganization(ctx)));
  if (!found) throw new AppError('not_found', 'There is no such organization.');
  return found.name;
}
