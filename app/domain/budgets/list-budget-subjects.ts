import { and, asc, eq, ne } from 'drizzle-orm';
import { keys, memberships, users } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';

/** What a budget of the acting organization can be for, besides all of it. */
export interface BudgetSubject {
  scope: 'member' | 'key';
  id: string;
  name: string;
}

/** Members and keys that are not revoked. */
export async function listBudgetSubjects(ctx: Context): Promise<BudgetSubject[]> {
  const { organizationId } = requireActor(ctx);
  const [members, ownKeys] = await Promise.all([
    ctx.db
      .select({ id: users.id, name: users.username })
      .from(memberships)
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(eq(memberships.organizationId, organizationId))
      .orderBy(asc(users.username)),
    ctx.db
      .select({ id: keys.id, name: keys.name })
      .from(keys)
      .where(and(eq(keys.organizationId, organizationId), ne(keys.status, 'revoked')))
      .orderBy(asc(keys.name), asc(keys.id)),
  ]);
  return [
    ...members.map((member) => ({ scope: 'member' as const, ...member })),
    ...ownKeys.map((key) => ({ scope: 'key' as const, ...key })),
  ];
}
