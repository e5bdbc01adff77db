import { and, eq, isNull } from 'drizzle-orm';
import { organizations } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { refreshUserSessions } from '../sessions/index.ts';

/** Lets the actor's organization sell. Owners and admins only; doing it twice changes nothing. */
export async function enableSelling(ctx: Context): Promise<void> {
  const { organizationId, userId } = requireRole(ctx, ['admin']);
  await withTransaction(ctx, async (tx) => {
    const [enabled] = await tx.db
      .update(organizations)
      .set({ sellingEnabledAt: ctx.clock.date() })
      .where(and(eq(organizations.id, organizationId), isNull(organizations.sellingEnabledAt)))
      .returning({ id: organizations.id });
    if (!enabled) return;
    await appendAuditEvent(tx, {
      organizationId,
      action: 'organization.selling_enabled',
      subjectId: organizationId,
    });
  });
  await refreshUserSessions(ctx, userId);
}
