import { and, eq, inArray, notExists, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { memberships, organizations, users } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';

/**
 * Suspends or reinstates the organizations that have nobody but this user for an owner: their keys
 * and services stop and start with the person. Organizations with another active owner go on.
 */
export async function setSoleOwnedOrganizationsStatus(
  ctx: Context,
  userId: string,
  status: 'active' | 'suspended',
): Promise<string[]> {
  const others = alias(memberships, 'others');
  const owned = ctx.db
    .select({ id: memberships.organizationId })
    .from(memberships)
    .where(
      and(
        eq(memberships.userId, userId),
        eq(memberships.role, 'owner'),
        notExists(
          ctx.db
            .select({ one: sql`1` })
            .from(others)
            .innerJoin(users, eq(users.id, others.userId))
            .where(
              and(
                eq(others.organizationId, memberships.organizationId),
                eq(others.role, 'owner'),
                eq(users.status, 'active'),
                sql`${others.userId} <> ${userId}`,
              ),
            ),
        ),
      ),
    );
  const changed = await ctx.db
    .update(organizations)
    .set({ status })
    .where(inArray(organizations.id, owned))
    .returning({ id: organizations.id });
  return changed.map((row) => row.id);
}
