import { eq, sql } from 'drizzle-orm';
import { conversations } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';

/**
 * Holds what an organization has to its new retention: shorter ones count at once, none forgets
 * everything. The caller has authorized; runs in its transaction.
 */
export async function applyRetention(
  { db }: Pick<Context, 'db'>,
  organizationId: string,
  days: number | null,
): Promise<void> {
  const own = eq(conversations.organizationId, organizationId);
  if (days === null) await db.delete(conversations).where(own);
  else
    await db
      .update(conversations)
      .set({ expiresAt: sql`${conversations.updatedAt} + make_interval(days => ${days})` })
      .where(own);
}
