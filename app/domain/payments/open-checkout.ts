/** Our side of a checkout first, then Stripe's: what both kinds of checkouts share. */
import { and, eq, isNull } from 'drizzle-orm';
import type Stripe from 'stripe';
import { checkouts, users, type Checkout } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import type { Context, UserActor } from '../context.ts';
import { ensureCustomer } from './ensure-customer.ts';
import { callStripe } from './stripe-call.ts';

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
  if (earlier && isSamePurpose(earlier, values)) return earlier;
  throw new AppError('conflict', 'This idempotency key was used for another payment. Use a new one.', {
    issues: [{ field: 'idempotency_key', reason: 'taken' }],
  });
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

/** Asks Stripe for the page to pay on. Repeating it, also after a crash, gives the same page. */
export async function openSession(
  ctx: Context,
  checkout: Checkout,
  params: SessionParams & { cancelPath: string },
): Promise<Stripe.Checkout.Session> {
  const { stripe } = ctx.payments;
  if (checkout.stripeSessionId) {
    const sessionId = checkout.stripeSessionId;
    return callStripe(() => stripe.checkout.sessions.retrieve(sessionId));
  }
  const { cancelPath, ...rest } = params;
  const customer = await ensureCustomer(ctx, checkout.organizationId);
  const session = await callStripe(() =>
    stripe.checkout.sessions.create(
      {
        ...rest,
        customer,
        client_reference_id: checkout.id,
        metadata: stripeMetadata(checkout),
        success_url: returnUrl(ctx, checkout),
        cancel_url: ctx.publicUrl + cancelPath,
      },
      { idempotencyKey: checkout.id },
    ),
  );
  await ctx.db
    .update(checkouts)
    .set({ stripeSessionId: session.id })
    .where(and(eq(checkouts.id, checkout.id), isNull(checkouts.stripeSessionId)));
  return session;
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
