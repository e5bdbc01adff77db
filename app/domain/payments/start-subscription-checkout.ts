import { and, eq } from 'drizzle-orm';
import { checkouts, services, type Subscription } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, type Context } from '../context.ts';
import type { PlanWithPrice } from '../plans/index.ts';
import { ensureStripePrice } from './ensure-stripe-price.ts';
import {
  findLocale,
  insertCheckout,
  openSession,
  returnUrl,
  stripeMetadata,
  type StartedCheckout,
} from './open-checkout.ts';
import { idempotencyKeySchema } from './schemas.ts';
import { checkoutLanguage } from './stripe-locale.ts';

export interface StartSubscriptionCheckoutInput {
  /** Of the acting organization, waiting for its first payment. */
  subscription: Subscription;
  plan: PlanWithPrice;
  idempotencyKey: string;
}

/** A checkout lives a day; nobody comes back for so many. */
const MAX_ATTEMPTS = 100;

/**
 * Starts paying a flat plan's fee; the webhook activates the subscription. The same key leads to the
 * same checkout while it can be paid, to a new one when it has expired. Talks to Stripe: not for use
 * inside a transaction.
 * @throws AppError `forbidden`, `not_found`, `conflict`, `payment_unavailable`.
 */
export async function startSubscriptionCheckout(
  ctx: Context,
  input: StartSubscriptionCheckoutInput,
): Promise<StartedCheckout> {
  const actor = requireRole(ctx, ['admin', 'member', 'billing']);
  const { subscription, plan } = input;
  const key = parseInput(idempotencyKeySchema, input.idempotencyKey);
  if (subscription.organizationId !== actor.organizationId || subscription.planId !== plan.id)
    throw new AppError('not_found', 'There is no such subscription.');
  const price = await ensureStripePrice(ctx, plan);
  const language = checkoutLanguage(await findLocale(ctx, actor));
  const cancelPath = await servicePath(ctx, plan.serviceId);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const checkout = await insertCheckout(ctx, actor, {
      kind: 'subscription',
      currency: plan.price.currency,
      amountNanos: plan.price.recurringNanos,
      planId: plan.id,
      subscriptionId: subscription.id,
      idempotencyKey: attempt === 1 ? `subscription:${key}` : `subscription:${key}:${attempt}`,
    });
    if (checkout.status === 'expired' || checkout.status === 'failed') continue;
    const session = await openSession(ctx, checkout, {
      mode: 'subscription',
      locale: language.stripe,
      line_items: [{ quantity: 1, price }],
      subscription_data: { metadata: { ...stripeMetadata(checkout), subscription_id: subscription.id } },
      cancelPath,
    });
    if (session.status === 'expired') {
      await ctx.db
        .update(checkouts)
        .set({ status: 'expired' })
        .where(and(eq(checkouts.id, checkout.id), eq(checkouts.status, 'open')));
      continue;
    }
    return {
      checkout: { ...checkout, stripeSessionId: session.id },
      url: session.url ?? returnUrl(ctx, checkout),
    };
  }
  throw new AppError(
    'conflict',
    'This subscription was not paid too many times. Cancel it and subscribe anew.',
  );
}

async function servicePath(ctx: Context, serviceId: string): Promise<string> {
  const [service] = await ctx.db
    .select({ slug: services.slug })
    .from(services)
    .where(eq(services.id, serviceId));
  return service ? `/services/${service.slug}` : '/buyer/subscriptions';
}
