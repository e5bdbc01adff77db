import { desc, eq } from 'drizzle-orm';
import { paymentMethods, type PaymentMethod } from '../../../db/schema/index.ts';
import { requireRole, type Context } from '../context.ts';

/** Saved payment methods of the acting organization, the one that pays first. */
export async function listPaymentMethods(ctx: Context): Promise<PaymentMethod[]> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  return ctx.db
    .select()
    .from(paymentMethods)
    .where(eq(paymentMethods.organizationId, actor.organizationId))
    .orderBy(desc(paymentMethods.isDefault), desc(paymentMethods.createdAt), desc(paymentMethods.id));
}
