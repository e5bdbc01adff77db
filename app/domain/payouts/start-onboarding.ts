import { eq } from 'drizzle-orm';
import { sellerAccounts, type SellerAccount } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context, type UserActor } from '../context.ts';
import { callStripe, createdSince, findByOperation, runStripeOperation } from '../payments/index.ts';
import { startOnboardingSchema, type StartOnboardingInput } from './schemas.ts';

/**
 * Where the acting organization tells Stripe who it is and where its money goes. The account is made once;
 * the page at Stripe is good for one visit. Not inside a transaction.
 * @throws AppError `forbidden`, `invalid_request`, `payment_unavailable`.
 */
export async function startOnboarding(ctx: Context, input: StartOnboardingInput): Promise<{ url: string }> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const { country } = parseInput(startOnboardingSchema, input);
  const account = (await findSellerAccount(ctx, actor.organizationId)) ?? (await open(ctx, actor, country));
  const page = `${ctx.publicUrl}/seller/payouts`;
  const link = await callStripe(() =>
    ctx.payments.stripe.accountLinks.create({
      account: account.stripeAccountId,
      type: 'account_onboarding',
      return_url: `${page}?onboarding=returned`,
      refresh_url: `${page}?onboarding=expired`,
    }),
  );
  return { url: link.url };
}

export async function findSellerAccount(ctx: Context, organizationId: string): Promise<SellerAccount | null> {
  const [account] = await ctx.db
    .select()
    .from(sellerAccounts)
    .where(eq(sellerAccounts.organizationId, organizationId));
  return account ?? null;
}

async function open(ctx: Context, actor: UserActor, country: string): Promise<SellerAccount> {
  const { organizationId } = actor;
  const stripeAccountId = await runStripeOperation(
    ctx,
    { kind: 'connect_account', subjectId: organizationId, organizationId, parameters: { country } },
    (stripe, parameters, idempotencyKey) =>
      stripe.accounts.create(
        {
          type: 'express',
          country: parameters.country,
          capabilities: { transfers: { requested: true } },
          // We say when money leaves for the bank, and so know which payout it was.
          settings: { payouts: { schedule: { interval: 'manual' } } },
          metadata: { organization_id: organizationId, operation_id: idempotencyKey },
        },
        { idempotencyKey },
      ),
    (stripe, _parameters, operation) =>
      findByOperation(stripe.accounts.list({ created: createdSince(operation), limit: 100 }), operation.id),
  );
  return withTransaction(ctx, async (tx) => {
    const [made] = await tx.db
      .insert(sellerAccounts)
      .values({ organizationId, stripeAccountId, country })
      .onConflictDoNothing()
      .returning();
    if (!made) return (await findSellerAccount(tx, organizationId))!;
    await appendAuditEvent(tx, {
      organizationId,
      action: 'payout_account.opened',
      subjectId: stripeAccountId,
      after: { country },
    });
    return made;
  });
}
