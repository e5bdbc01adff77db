import { and, eq, isNull } from 'drizzle-orm';
import { organizations } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
import { callStripe } from './stripe-call.ts';

/** The organization's customer at Stripe, made on first use and only once. */
export async function ensureCustomer(ctx: Context, organizationId: string): Promise<string> {
  const known = await findCustomer(ctx, organizationId);
  if (known) return known;
  const customer = await callStripe(() =>
    ctx.payments.stripe.customers.create(
      { metadata: { organization_id: organizationId } },
      { idempotencyKey: `customer:${organizationId}` },
    ),
  );
  await ctx.db
    .update(organizations)
    .set({ stripeCustomerId: customer.id })
    .where(and(eq(organizations.id, organizationId), isNull(organizations.stripeCustomerId)));
  // Another request may have been first; its customer counts.
  return (await findCustomer(ctx, organizationId)) ?? customer.id;
}

/** Null when the organization has never paid. */
export async function findCustomer(ctx: Context, organizationId: string): Promise<string | null> {
  const [organization] = await ctx.db
    .select({ stripeCustomerId: organizations.stripeCustomerId })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  if (!organization) throw new AppError('not_found', 'There is no such organization.');
  return organization.stripeCustomerId;
}
