import { eq } from 'drizzle-orm';
import { stripeEvents } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireSystem, type Context } from '../context.ts';
import { isMissingAtStripe } from '../payments/index.ts';
import { HANDLERS } from './handlers.ts';
import { eventIdSchema } from './schemas.ts';

/**
 * Applies a recorded event. It says only where to look: the object is read anew from Stripe, so that
 * duplicates, any order and stale events end in the same state. Other kinds of events change nothing.
 * @throws AppError `payment_unavailable`, so that the job is tried again.
 */
export async function applyStripeEvent(ctx: Context, input: { eventId: string }): Promise<void> {
  requireSystem(ctx);
  const { eventId } = parseInput(eventIdSchema, input);
  const [event] = await ctx.db.select().from(stripeEvents).where(eq(stripeEvents.id, eventId));
  if (!event || event.appliedAt) return;
  for (const [prefix, apply] of HANDLERS) {
    if (!event.type.startsWith(prefix)) continue;
    try {
      await apply(ctx, { type: event.type, objectId: event.objectId, accountId: event.accountId });
    } catch (error) {
      if (!isMissingAtStripe(error)) throw error;
      ctx.logger.warn({ eventId, type: event.type }, 'Stripe does not know what its event is about');
    }
  }
  await ctx.db.update(stripeEvents).set({ appliedAt: ctx.clock.date() }).where(eq(stripeEvents.id, eventId));
}
