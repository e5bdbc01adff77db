import { parseInput } from '../../lib/parse-input.ts';
import { requireSystem, type Context } from '../context.ts';
import { settleBySession } from '../payments/index.ts';
import { fulfilCheckout } from './fulfil-checkout.ts';
import { checkoutIdSchema } from './schemas.ts';

/** Asks Stripe where a checkout is, for when its event came late or never; repeating it is safe. */
export async function reconcileCheckout(ctx: Context, input: { checkoutId: string }): Promise<void> {
  requireSystem(ctx);
  const { checkoutId } = parseInput(checkoutIdSchema, input);
  await settleBySession(ctx, checkoutId, fulfilCheckout);
}
