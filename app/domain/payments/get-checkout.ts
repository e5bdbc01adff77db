import { and, eq } from 'drizzle-orm';
import { checkouts, plans, services, subscriptions, type Checkout } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { checkoutIdSchema } from './schemas.ts';

export interface CheckoutView extends Omit<Checkout, 'stripeSessionId' | 'idempotencyKey'> {
  /** What a subscription checkout pays for. */
  subscription: {
    id: string;
    status: (typeof subscriptions.$inferSelect)['status'];
    planName: string;
    service: Pick<typeof services.$inferSelect, 'id' | 'slug' | 'name' | 'kind'>;
  } | null;
}

/**
 * A checkout of the acting organization. Only looks: never asks Stripe, never changes anything.
 * @throws AppError `not_found`.
 */
export async function getCheckout(ctx: Context, input: { checkoutId: string }): Promise<CheckoutView> {
  const actor = requireActor(ctx);
  const { checkoutId } = parseInput(checkoutIdSchema, input);
  const [row] = await ctx.db
    .select({
      checkout: checkouts,
      subscription: { id: subscriptions.id, status: subscriptions.status },
      planName: plans.name,
      service: {
        id: services.id,
        slug: services.slug,
        name: services.name,
        kind: services.kind,
      },
    })
    .from(checkouts)
    .leftJoin(subscriptions, eq(subscriptions.id, checkouts.subscriptionId))
    .leftJoin(plans, eq(plans.id, subscriptions.planId))
    .leftJoin(services, eq(services.id, subscriptions.serviceId))
    .where(and(eq(checkouts.id, checkoutId), eq(checkouts.organizationId, actor.organizationId)));
  if (!row) throw new AppError('not_found', 'There is no such checkout.');
  const { stripeSessionId: _session, idempotencyKey: _key, ...checkout } = row.checkout;
  const { subscription, service, planName } = row;
  return {
    ...checkout,
    subscription:
      subscription && service && planName !== null ? { ...subscription, planName, service } : null,
  };
}
