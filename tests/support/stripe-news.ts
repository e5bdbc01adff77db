/** What happened at the sandbox, brought to the program without waiting for webhooks. */
import { asc, isNull } from 'drizzle-orm';
import type { Context } from '../../app/domain/context.ts';
import { applyStripeEvent, reconcileStripe } from '../../app/domain/stripe-events/index.ts';
import { hasErrorCode } from '../../app/lib/app-error.ts';
import { stripeEvents, watermarks } from '../../db/schema/index.ts';

/**
 * Keeps every event that Stripe lists and applies those that were not, oldest first or as `order` says; what
 * could not be applied yet once more in the end, as its job would.
 */
export async function applyNews(
  system: Context,
  order: <T>(events: T[]) => T[] = (events) => events,
): Promise<string[]> {
  // Clocks of tests go back for the next one; the watermark never does.
  await system.db.delete(watermarks);
  await reconcileStripe(system);
  const waiting = await system.db
    .select({ id: stripeEvents.id, type: stripeEvents.type })
    .from(stripeEvents)
    .where(isNull(stripeEvents.appliedAt))
    .orderBy(asc(stripeEvents.createdAt), asc(stripeEvents.id));
  const again: string[] = [];
  for (const { id } of order(waiting)) {
    await applyStripeEvent(system, { eventId: id }).catch((error: unknown) => {
      if (!hasErrorCode(error, 'payment_unavailable')) throw error;
      again.push(id);
    });
  }
  for (const id of again) await applyStripeEvent(system, { eventId: id });
  return waiting.map(({ type }) => type);
}
