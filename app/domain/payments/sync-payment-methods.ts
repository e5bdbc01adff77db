import { and, eq, notInArray } from 'drizzle-orm';
import { paymentMethods } from '../../../db/schema/index.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { findCustomer, findCustomerOwner } from './ensure-customer.ts';
import { callStripe, idOf, isMissingAtStripe } from './stripe-call.ts';

/** Stripe's longest page; nobody keeps more cards. */
const MAX_METHODS = 100;

/**
 * Copies what is saved at Stripe for an organization. The first card that is saved becomes the one
 * that pays, so that renewals and automatic top-ups have one.
 */
export async function syncPaymentMethods(ctx: Context, organizationId: string): Promise<void> {
  requireSystem(ctx);
  const customerId = await findCustomer(ctx, organizationId);
  if (!customerId) return;
  const { stripe } = ctx.payments;
  const saved = await callStripe(() =>
    stripe.customers.listPaymentMethods(customerId, { limit: MAX_METHODS }),
  );
  const customer = await callStripe(() => stripe.customers.retrieve(customerId));
  let defaultId = 'deleted' in customer ? null : idOf(customer.invoice_settings.default_payment_method);
  const oldest = saved.data.at(-1);
  if (oldest && !saved.data.some(({ id }) => id === defaultId)) {
    defaultId = oldest.id;
    await callStripe(() =>
      stripe.customers.update(customerId, { invoice_settings: { default_payment_method: oldest.id } }),
    );
  }
  const rows = saved.data.map((method) => ({
    id: method.id,
    organizationId,
    brand: method.card?.brand ?? method.type,
    lastFour: method.card?.last4 ?? '',
    expiryMonth: method.card?.exp_month ?? null,
    expiryYear: method.card?.exp_year ?? null,
    isDefault: method.id === defaultId,
    createdAt: new Date(method.created * 1000),
  }));
  const own = eq(paymentMethods.organizationId, organizationId);
  await withTransaction(ctx, async (tx) => {
    // One default at a time: it moves by way of none.
    await tx.db.update(paymentMethods).set({ isDefault: false }).where(own);
    await tx.db.delete(paymentMethods).where(
      and(
        own,
        notInArray(
          paymentMethods.id,
          rows.map(({ id }) => id),
        ),
      ),
    );
    for (const row of rows) {
      await tx.db
        .insert(paymentMethods)
        .values(row)
        .onConflictDoUpdate({ target: paymentMethods.id, set: row });
    }
  });
}

/** An event about a saved card, or about the customer who saved it. */
export async function applyPaymentMethod(ctx: Context, objectId: string): Promise<void> {
  requireSystem(ctx);
  const owner = objectId.startsWith('cus_')
    ? await findCustomerOwner(ctx, objectId)
    : await findMethodOwner(ctx, objectId);
  if (owner) await syncPaymentMethods(ctx, owner);
}

/** A card that was taken away belongs to nobody at Stripe; we know whose it was. */
async function findMethodOwner(ctx: Context, paymentMethodId: string): Promise<string | null> {
  const [known] = await ctx.db
    .select({ organizationId: paymentMethods.organizationId })
    .from(paymentMethods)
    .where(eq(paymentMethods.id, paymentMethodId));
  if (known) return known.organizationId;
  try {
    const method = await callStripe(() => ctx.payments.stripe.paymentMethods.retrieve(paymentMethodId));
    const customerId = idOf(method.customer);
    return customerId ? await findCustomerOwner(ctx, customerId) : null;
  } catch (error) {
    if (isMissingAtStripe(error)) return null;
    throw error;
  }
}
