import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, type Context } from '../context.ts';
import { ensureCustomer } from './ensure-customer.ts';
import { getOwnPaymentMethod, listCollected } from './own-payment-method.ts';
import { paymentMethodIdSchema } from './schemas.ts';
import { callStripe } from './stripe-call.ts';
import { syncPaymentMethods } from './sync-payment-methods.ts';

/**
 * Has a saved payment method pay from now on: renewals, invoices and automatic top-ups. Talks to Stripe:
 * not for use inside a transaction.
 * @throws AppError `forbidden`, `not_found`, `payment_unavailable`.
 */
export async function setDefaultPaymentMethod(
  ctx: Context,
  input: { paymentMethodId: string },
): Promise<void> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const { paymentMethodId } = parseInput(paymentMethodIdSchema, input);
  const method = await getOwnPaymentMethod(ctx, actor, paymentMethodId);
  const { stripe } = ctx.payments;
  const { organizationId } = actor;
  const customer = await ensureCustomer(ctx, organizationId);
  await callStripe(() =>
    stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } }),
  );
  // Those begun on Stripe's page remember the card they began with.
  for (const id of await listCollected(ctx, organizationId)) {
    await callStripe(() => stripe.subscriptions.update(id, { default_payment_method: method.id }));
  }
  await syncPaymentMethods({ ...ctx, actor: { type: 'system', job: 'set_default' } }, organizationId);
  await appendAuditEvent(ctx, {
    organizationId,
    action: 'payment_method.default_set',
    subjectId: method.id,
  });
}
