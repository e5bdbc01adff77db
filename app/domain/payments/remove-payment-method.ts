import { and, eq, ne } from 'drizzle-orm';
import { paymentMethods } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, type Context } from '../context.ts';
import { getOwnPaymentMethod, listCollected } from './own-payment-method.ts';
import { paymentMethodIdSchema } from './schemas.ts';
import { callStripe } from './stripe-call.ts';
import { syncPaymentMethods } from './sync-payment-methods.ts';

/**
 * Forgets a saved payment method. The last one stays while a subscription renews. Talks to Stripe: not
 * for use inside a transaction.
 * @throws AppError `forbidden`, `not_found`, `conflict`, `payment_unavailable`.
 */
export async function removePaymentMethod(ctx: Context, input: { paymentMethodId: string }): Promise<void> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const { organizationId } = actor;
  const { paymentMethodId } = parseInput(paymentMethodIdSchema, input);
  const method = await getOwnPaymentMethod(ctx, actor, paymentMethodId);
  const collected = await listCollected(ctx, organizationId);
  const [other] = await ctx.db
    .select({ id: paymentMethods.id })
    .from(paymentMethods)
    .where(and(eq(paymentMethods.organizationId, organizationId), ne(paymentMethods.id, method.id)))
    .limit(1);
  if (!other && collected.length > 0) {
    throw new AppError('conflict', 'A subscription is paid with this. Add another payment method first.');
  }
  const { stripe } = ctx.payments;
  await callStripe(() => stripe.paymentMethods.detach(method.id));
  await syncPaymentMethods({ ...ctx, actor: { type: 'system', job: 'remove_method' } }, organizationId);
  const [next] = await ctx.db
    .select({ id: paymentMethods.id })
    .from(paymentMethods)
    .where(and(eq(paymentMethods.organizationId, organizationId), eq(paymentMethods.isDefault, true)));
  for (const id of next ? collected : []) {
    await callStripe(() => stripe.subscriptions.update(id, { default_payment_method: next!.id }));
  }
  await appendAuditEvent(ctx, { organizationId, action: 'payment_method.removed', subjectId: method.id });
}
