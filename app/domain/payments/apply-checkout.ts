/** Finding the checkout that a session of Stripe's belongs to, and the session of a checkout. */
import { and, eq, isNull, or } from 'drizzle-orm';
import { checkouts } from '../../../db/schema/index.ts';
import { requireSystem, type Context } from '../context.ts';
import { recordRefusal, settleCheckout, type FulfilSubscription } from './settle-checkout.ts';
import { callStripe } from './stripe-call.ts';

/** Finds the checkout a session was opened for and settles it with what Stripe says. */
export async function applySession(
  ctx: Context,
  sessionId: string,
  fulfil: FulfilSubscription,
): Promise<void> {
  requireSystem(ctx);
  const session = await callStripe(() => ctx.payments.stripe.checkout.sessions.retrieve(sessionId));
  // A card that was saved has events of its own.
  if (session.mode === 'setup') return;
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
  if (checkout) return settleCheckout(ctx, checkout, session, fulfil);
  // A session that names somebody's order but was not opened for it, or one of another program.
  const [named] = await ctx.db.select().from(checkouts).where(eq(checkouts.id, reference));
  if (named) await recordRefusal(ctx, named, session.id, 'other_session');
}

/** Asks Stripe where a checkout is, for when its event came late or never; repeating it is safe. */
export async function settleBySession(
  ctx: Context,
  checkoutId: string,
  fulfil: FulfilSubscription,
): Promise<void> {
  requireSystem(ctx);
  const [checkout] = await ctx.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
  const sessionId = checkout?.stripeSessionId;
  if (!checkout || !sessionId || checkout.status === 'paid') return;
  const session = await callStripe(() => ctx.payments.stripe.checkout.sessions.retrieve(sessionId));
  await settleCheckout(ctx, checkout, session, fulfil);
}
