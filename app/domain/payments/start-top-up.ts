import { toCents } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, type Context } from '../context.ts';
import {
  findLocale,
  insertCheckout,
  openSession,
  returnUrl,
  stripeMetadata,
  type StartedCheckout,
} from './open-checkout.ts';
import { startTopUpSchema, type StartTopUpInput } from './schemas.ts';
import { checkoutLanguage } from './stripe-locale.ts';

const CURRENCY = 'USD';

/**
 * Starts paying money into the acting organization's wallet; the webhook credits it. Talks to
 * Stripe: not for use inside a transaction.
 * @throws AppError `forbidden`, `invalid_request`, `conflict` (key used for another amount),
 * `payment_unavailable`.
 */
export async function startTopUp(ctx: Context, input: StartTopUpInput): Promise<StartedCheckout> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const { amountNanos, idempotencyKey } = parseInput(startTopUpSchema, input);
  const checkout = await insertCheckout(ctx, actor, {
    kind: 'wallet_top_up',
    currency: CURRENCY,
    amountNanos,
    // A namespace of its own, so that no caller's key meets a subscription's.
    idempotencyKey: `top_up:${idempotencyKey}`,
  });
  const language = checkoutLanguage(await findLocale(ctx, actor));
  const session = await openSession(ctx, checkout, {
    mode: 'payment',
    locale: language.stripe,
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: checkout.currency.toLowerCase(),
          unit_amount: toCents(checkout.amountNanos),
          product_data: { name: language.topUp },
        },
      },
    ],
    allow_promotion_codes: true,
    // The buyer may tick a box to have the card kept.
    saved_payment_method_options: { payment_method_save: 'enabled' },
    payment_intent_data: { metadata: stripeMetadata(checkout) },
    cancelPath: '/buyer/wallet?canceled=1',
  });
  return {
    checkout: { ...checkout, stripeSessionId: session.id },
    url: session.url ?? returnUrl(ctx, checkout),
  };
}
