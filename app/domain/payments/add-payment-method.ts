import { requireRole, type Context } from '../context.ts';
import { ensureCustomer } from './ensure-customer.ts';
import { findLocale } from './open-checkout.ts';
import { callStripe } from './stripe-call.ts';
import { checkoutLanguage } from './stripe-locale.ts';

const PAGE = '/buyer/payment-methods';

/**
 * Where a card is saved without paying anything: Stripe's page in setup mode. Its events bring the card
 * to us. Talks to Stripe: not for use inside a transaction.
 * @throws AppError `forbidden`, `payment_unavailable`.
 */
export async function addPaymentMethod(ctx: Context): Promise<{ url: string }> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const customer = await ensureCustomer(ctx, actor.organizationId);
  const language = checkoutLanguage(await findLocale(ctx, actor));
  const session = await callStripe(() =>
    ctx.payments.stripe.checkout.sessions.create({
      mode: 'setup',
      customer,
      currency: 'usd',
      locale: language.stripe,
      success_url: `${ctx.publicUrl}${PAGE}?added=1`,
      cancel_url: `${ctx.publicUrl}${PAGE}`,
    }),
  );
  return { url: session.url ?? `${ctx.publicUrl}${PAGE}` };
}
