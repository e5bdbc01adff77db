import { eq } from 'drizzle-orm';
import { stripeEvents } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { applyCheckoutSession } from './apply-checkout-session.ts';
import { applyPaidInvoice, applyStripeSubscription } from './apply-stripe-subscription.ts';
import { isMissingAtStripe } from './stripe-call.ts';

/**
 * Applies a recorded event. It says only where to look: the object is read anew from Stripe, so that
 * duplicates, any order and stale events end in the same state. Other kinds of events change nothing.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function applyStripeEvent(ctx: Context, input: { eventId: string }): Promise<void> {
  requireSystem(ctx);
  const [event] = await ctx.db.select().from(stripeEvents).where(eq(stripeEvents.id, input.eventId));
  if (!event || event.appliedAt) return;
  try {
    await applyObject(ctx, event.type, event.objectId);
  } catch (error) {
    if (!isMissingAtStripe(error)) throw error;
    ctx.logger.warn({ eventId: event.id, type: event.type }, 'Stripe does not know what its event is about');
  }
  await ctx.db.update(stripeEvents).set({ appliedAt: ctx.clock.date() }).where(eq(stripeEvents.id, event.id));
}

async function applyObject(ctx: Context, type: string, objectId: string): Promise<void> {
  if (type.startsWith('checkout.session.')) await applyCheckoutSession(ctx, objectId);
  else if (type.startsWith('customer.subscription.')) await applyStripeSubscription(ctx, objectId);
  else if (type === 'invoice.paid') await applyPaidInvoice(ctx, objectId);
}
