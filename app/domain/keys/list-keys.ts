import { and, desc, eq } from 'drizzle-orm';
import { keys, services, subscriptions } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { toKeyView, type KeyView } from './key-view.ts';

export interface ListedKey extends KeyView {
  /** The one service the key is for; null when it is for every subscription. */
  service: { id: string; slug: string; name: string } | null;
}

/** Keys of the acting organization, active ones first, newest first. Never with hashes. */
export async function listKeys(
  ctx: Context,
  filter: { subscriptionId?: string; keyId?: string } = {},
): Promise<ListedKey[]> {
  const actor = requireActor(ctx);
  const rows = await ctx.db
    .select({ key: keys, service: { id: services.id, slug: services.slug, name: services.name } })
    .from(keys)
    .leftJoin(subscriptions, eq(subscriptions.id, keys.subscriptionId))
    .leftJoin(services, eq(services.id, subscriptions.serviceId))
    .where(
      and(
        eq(keys.organizationId, actor.organizationId),
        filter.subscriptionId ? eq(keys.subscriptionId, filter.subscriptionId) : undefined,
        filter.keyId ? eq(keys.id, filter.keyId) : undefined,
      ),
    )
    // 'active' sorts before 'disabled' and 'revoked'.
    .orderBy(keys.status, desc(keys.id));
  return rows.map(({ key, service }) => ({ ...toKeyView(key, ctx.clock.now()), service }));
}
