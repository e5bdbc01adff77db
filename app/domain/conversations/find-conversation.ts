import { and, eq, gt, inArray, or, type SQL } from 'drizzle-orm';
import { conversations, type Conversation } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';

/** The acting organization's conversation by our id or its own, unless it has expired; or null. */
export async function findConversation(
  ctx: OrganizationContext,
  reference: string,
  serviceIds?: readonly string[],
): Promise<Conversation | null> {
  const organizationId = requireOrganization(ctx);
  const rows = await ctx.db
    .select()
    .from(conversations)
    .where(
      and(
        eq(conversations.organizationId, organizationId),
        or(eq(conversations.externalId, reference), eq(conversations.id, reference)),
        gt(conversations.expiresAt, ctx.clock.date()),
        withService(serviceIds),
      ),
    );
  // A caller may name one conversation like the id of another: its own name counts.
  return rows.find(({ externalId }) => externalId === reference) ?? rows[0] ?? null;
}

/** The last call of the conversation was to one of these. */
export function withService(serviceIds: readonly string[] | undefined): SQL | undefined {
  return serviceIds && inArray(conversations.serviceId, [...serviceIds]);
}

/** @throws AppError `not_found`, also for another organization's and for expired ones. */
export async function requireConversation(
  ctx: OrganizationContext,
  reference: string,
  serviceIds?: readonly string[],
): Promise<Conversation> {
  const found = await findConversation(ctx, reference, serviceIds);
  if (!found) throw new AppError('not_found', 'There is no such conversation.');
  return found;
}
