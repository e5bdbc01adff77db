import { eq } from 'drizzle-orm';
import { plans, priceVersions, services, stripePrices } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { NANOS_PER_CENT, toCents } from '../../lib/money.ts';
import type { Context } from '../context.ts';
import { runStripeOperation } from './run-stripe-operation.ts';
import { createdSince, findByOperation } from './stripe-call.ts';

/**
 * Stripe's price of a price version; both are immutable, so it is made once.
 * @throws AppError `conflict` for one without a recurring fee in whole cents.
 */
export async function ensureStripePrice(ctx: Context, priceVersionId: string): Promise<string> {
  const [known] = await ctx.db
    .select()
    .from(stripePrices)
    .where(eq(stripePrices.priceVersionId, priceVersionId));
  if (known) return known.stripePriceId;
  const version = await findVersion(ctx, priceVersionId);
  const { recurringInterval: interval, recurringNanos } = version.price;
  if (!interval || recurringNanos % NANOS_PER_CENT !== 0n) {
    throw new AppError('conflict', 'This plan has no fee that Stripe could collect.');
  }
  const operation = { subjectId: priceVersionId, organizationId: version.price.organizationId };
  const product = await runStripeOperation(
    ctx,
    { ...operation, kind: 'product', parameters: { name: version.name, planId: version.price.planId } },
    (stripe, { name, planId }, idempotencyKey) =>
      stripe.products.create(
        { name, metadata: { plan_id: planId, operation_id: idempotencyKey } },
        { idempotencyKey },
      ),
    (stripe, _parameters, { id, createdAt }) =>
      findByOperation(stripe.products.list({ created: createdSince({ createdAt }), limit: 100 }), id),
  );
  const parameters = {
    product,
    currency: version.price.currency.toLowerCase(),
    unit_amount: toCents(recurringNanos),
    recurring: { interval },
  };
  const price = await runStripeOperation(
    ctx,
    { ...operation, kind: 'price', parameters },
    (stripe, params, idempotencyKey) =>
      stripe.prices.create(
        { ...params, metadata: { price_version_id: priceVersionId, operation_id: idempotencyKey } },
        { idempotencyKey },
      ),
    (stripe, _parameters, { id, createdAt }) =>
      findByOperation(stripe.prices.list({ created: createdSince({ createdAt }), limit: 100 }), id),
  );
  await ctx.db
    .insert(stripePrices)
    .values({ priceVersionId, stripeProductId: product, stripePriceId: price })
    .onConflictDoNothing();
  return price;
}

async function findVersion(ctx: Context, priceVersionId: string) {
  const [row] = await ctx.db
    .select({ price: priceVersions, plan: plans.name, service: services.name })
    .from(priceVersions)
    .innerJoin(plans, eq(plans.id, priceVersions.planId))
    .innerJoin(services, eq(services.id, plans.serviceId))
    .where(eq(priceVersions.id, priceVersionId));
  if (!row) throw new AppError('not_found', 'There is no such price.');
  return { price: row.price, name: `${row.service} · ${row.plan}` };
}
