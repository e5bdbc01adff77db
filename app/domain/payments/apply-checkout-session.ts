import { and, eq, isNull, or } from 'drizzle-orm';
import { checkouts } from '../../../db/schema/index.ts';
import type { Context } from '../context.ts';
import { recordRefusal, settleCheckout } from './settle-checkout.ts';
import { callStripe } from './stripe-call.ts';

/** Finds the checkout a session was opened for and settles it with what Stripe says. */
export async function applyCheckoutSession(ctx: Context, sessionId: string): Promise<void> {
  const session = await callStripe(() => ctx.payments.stripe.checkout.sessions.retrieve(sessionId));
  const reference = session.client_reference_id ?? '';
  const [checkout] = await ctx.db
    .select()
    .from(checkouts)
    .where(
      or(
        eq(checkouts.stripeSessionId, session.id),
        // A crash can come between Stripe's answer and our noting it.
        and(eq(checkouts.id, reference), isNull(checkouts.stripeSessionId)),
      ),
    );
  if (checkout) {
    await settleCheckout(ctx, checkout, session);
    return;
  }
  // A session that names somebody's order but was not opened for it, or one of another program.
  const [named] = await ctx.db.select().from(checkouts).where(eq(checkouts.id, reference));
  if (named) await recordRefusal(ctx, named, session.id, 'other_session');
}
