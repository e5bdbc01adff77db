import { and, asc, eq } from 'drizzle-orm';
import { memberships, organizations, type MemberRole } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';

/** The active organizations the acting user belongs to, by name. */
export async function listUserOrganizations(
  ctx: Context,
): Promise<{ id: string; name: string; slug: string; role: MemberRole }[]> {
  const { userId } = requireActor(ctx);
  return ctx.db
    .select({
      id: organizations.id,
      name: organizations.name,
      slug: organizations.slug,
      role: memberships.role,
    })
    .from(memberships)
    .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
    .where(and(eq(memberships.userId, userId), eq(organizations.status, 'active')))
    .orderBy(asc(organizations.name), asc(organizations.id));
}
