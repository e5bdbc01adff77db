import { and, eq, isNotNull, ne } from 'drizzle-orm';
import { paymentMethods, subscriptions, type PaymentMethod } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context, UserActor } from '../context.ts';

/** @throws AppError `not_found`, also for another organization's. */
export async function getOwnPaymentMethod(
  ctx: Context,
  actor: UserActor,
  paymentMethodId: string,
): Promise<PaymentMethod> {
  const [method] = await ctx.db
    .select()
    .from(paymentMethods)
    .where(
      and(eq(paymentMethods.id, paymentMethodId), eq(paymentMethods.organizationId, actor.organizationId)),
    );
  if (!method) throw new AppError('not_found', 'There is no such payment method.');
  return method;
}

/** Stripe's ids of the organization's subscriptions that renew. */
export async function listCollected(ctx: Context, organizationId: string): Promise<string[]> {
  const rows = await ctx.db
    .select({ id: subscriptions.stripeSubscriptionId })
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.organizationId, organizationId),
        ne(subscriptions.status, 'canceled'),
        isNotNull(subscriptions.stripeSubscriptionId),
      ),
    );
  return rows.flatMap(({ id }) => id ?? []);
}
