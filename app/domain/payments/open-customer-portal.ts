import { requireRole, type Context } from '../context.ts';
import { ensureCustomer } from './ensure-customer.ts';
import { findLocale } from './open-checkout.ts';
import { runStripeOperation } from './run-stripe-operation.ts';
import { callStripe } from './stripe-call.ts';
import { checkoutLanguage } from './stripe-locale.ts';

/** Plans are changed and cancelled here, where keys and quotas are: the portal is for cards, receipts and addresses. */
const FEATURES = {
  customer_update: {
    enabled: true,
    allowed_updates: ['address' as const, 'name' as const, 'tax_id' as const, 'email' as const],
  },
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true },
  subscription_cancel: { enabled: false },
  subscription_update: { enabled: false },
};

/**
 * Stripe's page about the acting organization's cards, receipts and address. Talks to Stripe: not for use
 * inside a transaction.
 * @throws AppError `forbidden`, `payment_unavailable`.
 */
export async function openCustomerPortal(ctx: Context): Promise<{ url: string }> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const customer = await ensureCustomer(ctx, actor.organizationId);
  const language = checkoutLanguage(await findLocale(ctx, actor));
  const returnUrl = `${ctx.publicUrl}/buyer/payment-methods`;
  const configuration = await runStripeOperation(
    ctx,
    {
      kind: 'portal_configuration',
      subjectId: 'platform',
      organizationId: null,
      parameters: { features: FEATURES, default_return_url: returnUrl },
    },
    (stripe, parameters, idempotencyKey) =>
      stripe.billingPortal.configurations.create(parameters, { idempotencyKey }),
    // One more would do no harm.
    () => Promise.resolve(null),
  );
  const { url } = await callStripe(() =>
    ctx.payments.stripe.billingPortal.sessions.create({
      customer,
      configuration,
      locale: language.stripe,
      return_url: returnUrl,
    }),
  );
  return { url };
}
