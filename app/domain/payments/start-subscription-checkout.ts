import { and, eq } from 'drizzle-orm';
import { checkouts, priceVersions, services, type Subscription } from '../../../db/schema/index.ts';
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
  /** Of the acting organization: waiting for its first payment, or without a fee so far. */
  subscription: Subscription;
  /** What is paid for; the subscription moves to it. */
  plan: PlanWithPrice;
  /** The buyer has not tried this service before. */
  withTrial: boolean;
  idempotencyKey: string;
}

/** A checkout lives a day; nobody comes back for so many. */
const MAX_ATTEMPTS = 100;

/**
 * Starts paying a plan's recurring fee; the webhook activates the subscription. The same key leads to
 * the same checkout while it can be paid, to a new one when it has expired. Talks to Stripe: not for use
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
  if (subscription.organizationId !== actor.organizationId || subscription.serviceId !== plan.serviceId)
    throw new AppError('not_found', 'There is no such subscription.');
  const price = await ensureStripePrice(ctx, plan.price.id);
  const trialDays = input.withTrial ? await findTrialDays(ctx, plan.price.id) : 0;
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
    // One that was paid before was for an earlier time on this plan.
    if (checkout.status !== 'open') continue;
    const session = await openSession(ctx, checkout, {
      mode: 'subscription',
      locale: language.stripe,
      line_items: [{ quantity: 1, price }],
      allow_promotion_codes: true,
      tax_id_collection: { enabled: true },
      customer_update: { name: 'auto', address: 'auto' },
      subscription_data: {
        metadata: { ...stripeMetadata(checkout), subscription_id: subscription.id },
        ...(trialDays > 0 && {
          trial_period_days: trialDays,
          trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
        }),
      },
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

async function findTrialDays(ctx: Context, priceVersionId: string): Promise<number> {
  const [price] = await ctx.db
    .select({ trialDays: priceVersions.trialDays })
    .from(priceVersions)
    .where(eq(priceVersions.id, priceVersionId));
  return price?.trialDays ?? 0;
}

async function servicePath(ctx: Context, serviceId: string): Promise<string> {
  const [service] = await ctx.db
    .select({ slug: services.slug })
    .from(services)
    .where(eq(services.id, serviceId));
  return service ? `/services/${service.slug}` : '/buyer/subscriptions';
}
