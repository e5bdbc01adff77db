import { and, eq, isNotNull } from 'drizzle-orm';
import { checkouts } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { callStripe } from './stripe-call.ts';

/** Closes the pages on which a subscription could still be paid. Repeating it is safe. */
export async function expireCheckouts(ctx: Context, input: { subscriptionId: string }): Promise<void> {
  requireSystem(ctx);
  const open = await ctx.db
    .select({ id: checkouts.id, sessionId: checkouts.stripeSessionId })
    .from(checkouts)
    .where(
      and(
        eq(checkouts.subscriptionId, input.subscriptionId),
        eq(checkouts.status, 'open'),
        isNotNull(checkouts.stripeSessionId),
      ),
    );
  const { sessions } = ctx.payments.stripe.checkout;
  for (const { id, sessionId } of open) {
    const session = await callStripe(() => sessions.retrieve(sessionId!));
    // One that was paid meanwhile is its webhook's to apply.
    if (session.status === 'complete') continue;
    if (session.status === 'open') await callStripe(() => sessions.expire(sessionId!));
    await ctx.db
      .update(checkouts)
      .set({ status: 'expired' })
      .where(and(eq(checkouts.id, id), eq(checkouts.status, 'open')));
  }
}
