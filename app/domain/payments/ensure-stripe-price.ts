import { eq } from 'drizzle-orm';
import { services, stripePrices } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { NANOS_PER_CENT, toCents } from '../../lib/money.ts';
import type { Context } from '../context.ts';
import type { PlanWithPrice } from '../plans/index.ts';
import { callStripe } from './stripe-call.ts';

/**
 * Stripe's price of a plan's current price version; both are immutable, so it is made once.
 * @throws AppError `conflict` for a plan without a recurring fee in whole cents.
 */
export async function ensureStripePrice(ctx: Context, plan: PlanWithPrice): Promise<string> {
  const { id, currency, recurringNanos, recurringInterval } = plan.price;
  if (!recurringInterval || recurringNanos % NANOS_PER_CENT !== 0n) {
    throw new AppError('conflict', 'This plan has no fee that Stripe could collect.');
  }
  const [known] = await ctx.db.select().from(stripePrices).where(eq(stripePrices.priceVersionId, id));
  if (known) return known.stripePriceId;
  const [service] = await ctx.db
    .select({ name: services.name })
    .from(services)
    .where(eq(services.id, plan.serviceId));
  const { stripe } = ctx.payments;
  const product = await callStripe(() =>
    stripe.products.create(
      { name: [service?.name, plan.name].filter(Boolean).join(' · '), metadata: { plan_id: plan.id } },
      { idempotencyKey: `product:${id}` },
    ),
  );
  const price = await callStripe(() =>
    stripe.prices.create(
      {
        product: product.id,
        currency: currency.toLowerCase(),
        unit_amount: toCents(recurringNanos),
        recurring: { interval: recurringInterval },
        metadata: { price_version_id: id },
      },
      { idempotencyKey: `price:${id}` },
    ),
  );
  await ctx.db
    .insert(stripePrices)
    .values({ priceVersionId: id, stripeProductId: product.id, stripePriceId: price.id })
    .onConflictDoNothing();
  return price.id;
}
