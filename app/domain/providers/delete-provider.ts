import { and, eq, ne } from 'drizzle-orm';
import { subscriptions } from '../../../db/schema/index.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { deleteService, type DeletedService } from '../services/index.ts';
import { cancelSubscription } from '../subscriptions/index.ts';
import { requireProvider } from './require-provider.ts';

/**
 * Removes a provider with its keys and paths. Should buyers be subscribed to it, it is archived and they
 * keep calling it until they cancel.
 * @throws AppError `forbidden`, `not_found`
 */
export async function deleteProvider(ctx: Context, input: { providerId: string }): Promise<DeletedService> {
  const { organizationId } = requirePlatformAdmin(ctx);
  const service = await requireProvider(ctx, input.providerId);
  const own = await ctx.db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.serviceId, service.id),
        eq(subscriptions.organizationId, organizationId),
        ne(subscriptions.status, 'canceled'),
      ),
    );
  for (const { id } of own) await cancelSubscription(ctx, { subscriptionId: id });
  return deleteService(ctx, { serviceId: service.id });
}
