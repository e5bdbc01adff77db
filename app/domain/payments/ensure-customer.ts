import { and, eq, isNull } from 'drizzle-orm';
import { organizations } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Context } from '../context.ts';
import { runStripeOperation } from './run-stripe-operation.ts';
import { createdSince, findByOperation } from './stripe-call.ts';

/** The organization's customer at Stripe, made on first use and only once. */
export async function ensureCustomer(ctx: Context, organizationId: string): Promise<string> {
  const known = await findOrganization(ctx, organizationId);
  if (known.stripeCustomerId) return known.stripeCustomerId;
  const customerId = await runStripeOperation(
    ctx,
    { kind: 'customer', subjectId: organizationId, organizationId, parameters: { name: known.name } },
    (stripe, { name }, idempotencyKey) =>
      stripe.customers.create(
        { name, metadata: { organization_id: organizationId, operation_id: idempotencyKey } },
        { idempotencyKey },
      ),
    (stripe, _parameters, operation) =>
      findByOperation(stripe.customers.list({ created: createdSince(operation), limit: 100 }), operation.id),
  );
  await ctx.db
    .update(organizations)
    .set({ stripeCustomerId: customerId })
    .where(and(eq(organizations.id, organizationId), isNull(organizations.stripeCustomerId)));
  // Another request may have been first; its customer counts.
  return (await findCustomer(ctx, organizationId)) ?? customerId;
}

/** Null when the organization has never paid. */
export async function findCustomer(ctx: Context, organizationId: string): Promise<string | null> {
  return (await findOrganization(ctx, organizationId)).stripeCustomerId;
}

/** Whose customer it is; null for one that is not ours. */
export async function findCustomerOwner(ctx: Context, customerId: string): Promise<string | null> {
  const [owner] = await ctx.db
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.stripeCustomerId, customerId));
  return owner?.id ?? null;
}

async function findOrganization(ctx: Context, organizationId: string) {
  const [organization] = await ctx.db
    .select({ name: organizations.name, stripeCustomerId: organizations.stripeCustomerId })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  if (!organization) throw new AppError('not_found', 'There is no such organization.');
  return organization;
}
