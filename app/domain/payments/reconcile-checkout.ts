import { eq } from 'drizzle-orm';
import { checkouts } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireSystem, type Context } from '../context.ts';
import { checkoutIdSchema } from './schemas.ts';
import { settleCheckout } from './settle-checkout.ts';
import { callStripe } from './stripe-call.ts';

/** Asks Stripe where a checkout is, for when its event came late or never; repeating it is safe. */
export async function reconcileCheckout(ctx: Context, input: { checkoutId: string }): Promise<void> {
  requireSystem(ctx);
  const { checkoutId } = parseInput(checkoutIdSchema, input);
  const [checkout] = await ctx.db.select().from(checkouts).where(eq(checkouts.id, checkoutId));
  const sessionId = checkout?.stripeSessionId;
  if (!checkout || !sessionId || checkout.status === 'paid') return;
  const session = await callStripe(() => ctx.payments.stripe.checkout.sessions.retrieve(sessionId));
  await settleCheckout(ctx, checkout, session);
}
