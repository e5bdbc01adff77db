import { stripeEvents } from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import type { Context } from '../context.ts';
import { idOf } from '../payments/index.ts';
import type { ParsedStripeEvent } from './schemas.ts';

/**
 * Writes an event down and asks a job to apply it, both in the caller's transaction; who calls has
 * made sure that it is Stripe's.
 * @returns false when it was known.
 */
export async function keepStripeEvent(tx: Context, event: ParsedStripeEvent): Promise<boolean> {
  const { object } = event.data;
  const [stored] = await tx.db
    .insert(stripeEvents)
    .values({
      id: event.id,
      type: event.type,
      objectId: object.id ?? '',
      accountId: event.account ?? null,
      createdAt: new Date(event.created * 1000),
    })
    .onConflictDoNothing()
    .returning({ id: stripeEvents.id });
  if (!stored) return false;
  const customer =
    object.object === 'customer' ? object.id : idOf(object.customer as Parameters<typeof idOf>[0]);
  await enqueue(
    tx.db,
    'apply_stripe_event',
    { eventId: event.id },
    // One after the other per customer, so that an older reading never overtakes a newer one.
    {
      jobKey: `stripe_event:${event.id}`,
      queueName: `stripe:${customer ?? event.account ?? object.id ?? event.id}`,
    },
  );
  return true;
}
