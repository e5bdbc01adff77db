/** Our side of a checkout first, then Stripe's: what both kinds of checkouts share. */
import { and, eq, isNull, notExists } from 'drizzle-orm';
import type Stripe from 'stripe';
import { checkouts, stripeOperations, users, type Checkout } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import type { Context, UserActor } from '../context.ts';
import { ensureCustomer } from './ensure-customer.ts';
import { runStripeOperation } from './run-stripe-operation.ts';
import { callStripe, createdSince } from './stripe-call.ts';

export interface StartedCheckout {
  checkout: Checkout;
  /** Where to pay; the return page when there is nothing to pay any more. */
  url: string;
}

export type NewCheckout = Pick<Checkout, 'kind' | 'currency' | 'amountNanos' | 'idempotencyKey'> &
  Partial<Pick<Checkout, 'planId' | 'subscriptionId'>>;

/**
 * The checkout of this idempotency key, made now or before.
 * @throws AppError `conflict` when the key went with another amount or purpose.
 */
export async function insertCheckout(ctx: Context, actor: UserActor, values: NewCheckout): Promise<Checkout> {
  const [made] = await ctx.db
    .insert(checkouts)
    .values({ ...values, id: newId('checkout'), organizationId: actor.organizationId })
    .onConflictDoNothing({ target: [checkouts.organizationId, checkouts.idempotencyKey] })
    .returning();
  if (made) return made;
  const [earlier] = await ctx.db
    .select()
    .from(checkouts)
    .where(
      and(
        eq(checkouts.organizationId, actor.organizationId),
        eq(checkouts.idempotencyKey, values.idempotencyKey),
      ),
    );
  if (earlier && isSamePurpose(earlier, values)) return reprice(ctx, earlier, values);
  throw new AppError('conflict', 'This idempotency key was used for another payment. Use a new one.', {
    issues: [{ field: 'idempotency_key', reason: 'taken' }],
  });
}

/** A crash came before Stripe was asked, and the price has changed since: what will be asked for counts. */
async function reprice(ctx: Context, earlier: Checkout, wanted: NewCheckout): Promise<Checkout> {
  if (earlier.amountNanos === wanted.amountNanos && earlier.planId === (wanted.planId ?? null))
    return earlier;
  const asked = ctx.db
    .select({ id: stripeOperations.id })
    .from(stripeOperations)
    .where(and(eq(stripeOperations.kind, 'checkout_session'), eq(stripeOperations.subjectId, earlier.id)));
  const [repriced] = await ctx.db
    .update(checkouts)
    .set({ amountNanos: wanted.amountNanos, planId: wanted.planId ?? null })
    .where(
      and(
        eq(checkouts.id, earlier.id),
        eq(checkouts.status, 'open'),
        isNull(checkouts.stripeSessionId),
        notExists(asked),
      ),
    )
    .returning();
  return repriced ?? earlier;
}

/** A subscription may be asked to pay its old price after a change: the checkout stays as it was. */
function isSamePurpose(earlier: Checkout, wanted: NewCheckout): boolean {
  if (earlier.kind !== wanted.kind || earlier.currency !== wanted.currency) return false;
  if (wanted.kind === 'subscription') return earlier.subscriptionId === wanted.subscriptionId;
  return earlier.amountNanos === wanted.amountNanos;
}

export type SessionParams = Omit<
  Stripe.Checkout.SessionCreateParams,
  'customer' | 'client_reference_id' | 'metadata' | 'success_url' | 'cancel_url'
>;

/** Facts that travel with every object at Stripe, so that its events lead back to the checkout. */
export function stripeMetadata(checkout: Checkout): Record<string, string> {
  return { checkout_id: checkout.id, organization_id: checkout.organizationId };
}

/**
 * Asks Stripe for the page to pay on. Repeating it, also after a crash, gives the same page: what was
 * asked for first is what is asked for again.
 */
export async function openSession(
  ctx: Context,
  checkout: Checkout,
  params: SessionParams & { cancelPath: string },
): Promise<Stripe.Checkout.Session> {
  const { stripe } = ctx.payments;
  const { cancelPath, ...rest } = params;
  const { organizationId } = checkout;
  const sessionId =
    checkout.stripeSessionId ??
    (await runStripeOperation(
      ctx,
      {
        kind: 'checkout_session',
        subjectId: checkout.id,
        organizationId,
        parameters: {
          ...rest,
          customer: await ensureCustomer(ctx, organizationId),
          client_reference_id: checkout.id,
          metadata: stripeMetadata(checkout),
          success_url: returnUrl(ctx, checkout),
          cancel_url: ctx.publicUrl + cancelPath,
        },
      },
      (client, parameters, idempotencyKey) => client.checkout.sessions.create(parameters, { idempotencyKey }),
      async (client, parameters, operation) => {
        const list = client.checkout.sessions.list({
          customer: parameters.customer,
          created: createdSince(operation),
          limit: 100,
        });
        for await (const session of list) if (session.client_reference_id === checkout.id) return session;
        return null;
      },
    ));
  await ctx.db
    .update(checkouts)
    .set({ stripeSessionId: sessionId })
    .where(and(eq(checkouts.id, checkout.id), isNull(checkouts.stripeSessionId)));
  return callStripe(() => stripe.checkout.sessions.retrieve(sessionId));
}

/** The page that waits for the payment to be confirmed. */
export function returnUrl(ctx: Context, checkout: Checkout): string {
  return `${ctx.publicUrl}/buyer/checkouts/${checkout.id}`;
}

/** The acting person's language; Stripe's page speaks it too. */
export async function findLocale(ctx: Context, actor: UserActor): Promise<string> {
  const [user] = await ctx.db.select({ locale: users.locale }).from(users).where(eq(users.id, actor.userId));
  return user?.locale ?? 'en';
}
