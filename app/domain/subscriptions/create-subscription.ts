import { and, eq, ne } from 'drizzle-orm';
import { keys, services, subscriptions, type Checkout, type Subscription } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { toDecimal } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context, type UserActor } from '../context.ts';
import { isCreditSuspended } from '../invoices/index.ts';
import { insertKey, revokeKey, type IssuedKey } from '../keys/index.ts';
import { startSubscriptionCheckout } from '../payments/index.ts';
import { requireSubscribablePlan, type PlanWithPrice } from '../plans/index.ts';
import { getPublishedService, type PublishedService } from '../services/index.ts';
import { getWallet } from '../wallets/index.ts';
import { endNow } from './end-now.ts';
import { defaultKeyName } from './issue-first-key.ts';
import { hasTrialLeft } from './has-trial-left.ts';
import { enqueueSync } from './lock-subscription.ts';
import { minimumBalance } from './minimum-balance.ts';
import { createSubscriptionSchema, type CreateSubscriptionInput } from './schemas.ts';

export interface CreatedSubscription {
  subscription: Subscription;
  plan: PlanWithPrice;
  /** The key that came with it, its secret seen here only; null while a payment is due. */
  key: IssuedKey | null;
  /** Where the first fee is paid; null when nothing is due. */
  checkout: { id: string; url: string; checkout: Checkout } | null;
}

interface Order {
  service: PublishedService;
  plan: PlanWithPrice;
  /** Null: the service's own plan was meant, whatever it is. */
  planId: string | null;
  keyName: string;
  idempotencyKey: string | null;
}

/**
 * Subscribes the acting organization to a published service, its own included: a seller who tests
 * as a buyer pays as a buyer does. Free and pay-per-use plans work at once and come with a key; flat
 * plans wait for their first fee, and asking again leads to the same checkout.
 * @throws AppError `forbidden`, `not_found`, `invalid_request`, `payment_required` (empty wallet;
 * details `top_up_url`, `wallet`), `already_exists` (details `subscription_id`).
 */
export async function createSubscription(
  ctx: Context,
  input: CreateSubscriptionInput,
): Promise<CreatedSubscription> {
  const actor = requireRole(ctx, ['admin', 'member']);
  const parsed = parseInput(createSubscriptionSchema, input);
  const service = await getPublishedService(ctx, parsed.service);
  if (!service.isListed) throw new AppError('not_found', 'There is no such service.');
  const order: Order = {
    service,
    plan: choosePlan(service, parsed.planId),
    planId: parsed.planId ?? null,
    keyName: parsed.keyName ?? defaultKeyName(service.name),
    idempotencyKey: parsed.idempotencyKey ?? null,
  };
  if (order.plan.kind !== 'free' && (await isCreditSuspended(ctx, actor.organizationId))) {
    throw new AppError('payment_required', 'Pay your past-due invoices first: paid plans are stopped.');
  }
  const { subscription, key, plan } = await withTransaction(ctx, (tx) => placeOrder(tx, actor, order));
  if (subscription.status !== 'pending_payment') return { subscription, plan, key, checkout: null };

  // The subscription is committed: whatever happens at Stripe, asking again picks it up from here.
  const { checkout, url } = await startSubscriptionCheckout(ctx, {
    subscription,
    plan,
    withTrial: await hasTrialLeft(ctx, subscription),
    idempotencyKey: subscription.id,
  });
  return { subscription, plan, key: null, checkout: { id: checkout.id, url, checkout } };
}

/** The plan asked for, else the one the catalogue says the service starts with. */
function choosePlan(service: PublishedService, planId: string | undefined): PlanWithPrice {
  if (planId !== undefined) {
    const plan = service.plans.find(({ id }) => id === planId);
    if (plan) return plan;
    throw new AppError('not_found', 'This service has no such plan.', {
      issues: [{ field: 'planId', reason: 'invalid_choice' }],
    });
  }
  if (!service.startingPlan) throw new AppError('conflict', 'This service has no plan to subscribe to.');
  return service.startingPlan;
}

interface Placed {
  subscription: Subscription;
  plan: PlanWithPrice;
  key: IssuedKey | null;
}

async function placeOrder(tx: Context, actor: UserActor, order: Order): Promise<Placed> {
  await requireStillPublished(tx, order.service.id);
  const existing = await findLive(tx, actor, order.service.id);
  if (existing) {
    const placed = await resume(tx, actor, order, existing);
    if (placed) return placed;
  }
  // Archived, or no longer offered to this organization, since it was looked at.
  await requireSubscribablePlan(tx, { planId: order.plan.id });
  await requireBalance(tx, order.plan);
  const [subscription] = await tx.db
    .insert(subscriptions)
    .values({
      id: newId('subscription'),
      organizationId: actor.organizationId,
      sellerOrganizationId: order.service.organizationId,
      serviceId: order.service.id,
      planId: order.plan.id,
      status: order.plan.price.recurringInterval ? 'pending_payment' : 'active',
      idempotencyKey: order.idempotencyKey,
    })
    // The same order at the same moment: the one that came second waits here for the first.
    .onConflictDoNothing()
    .returning();
  if (!subscription) return placeAfterRival(tx, actor, order);
  await appendAuditEvent(tx, {
    organizationId: actor.organizationId,
    action: 'subscription.created',
    subjectId: subscription.id,
    after: { serviceId: order.service.id, planId: order.plan.id, status: subscription.status },
  });
  if (subscription.status === 'pending_payment') return { subscription, plan: order.plan, key: null };
  const key = await insertKey(tx, actor, { name: order.keyName, subscriptionId: subscription.id });
  return { subscription, plan: order.plan, key };
}

/** The insert met a row: of the same service, or one that this idempotency key made and that ended. */
async function placeAfterRival(tx: Context, actor: UserActor, order: Order): Promise<Placed> {
  const rival = await findLive(tx, actor, order.service.id);
  const placed = rival && (await resume(tx, actor, order, rival));
  if (placed) return placed;
  throw new AppError(
    'conflict',
    'This idempotency key was used before, for another request or for one whose subscription has ended.',
  );
}

/** A seller who takes the service off the market at the same moment waits, or is seen. */
async function requireStillPublished(tx: Context, serviceId: string): Promise<void> {
  const [service] = await tx.db
    .select({ status: services.status })
    .from(services)
    .where(eq(services.id, serviceId))
    .for('share');
  if (service?.status !== 'published') throw new AppError('not_found', 'There is no such service.');
}

async function findLive(tx: Context, actor: UserActor, serviceId: string): Promise<Subscription | undefined> {
  const [live] = await tx.db
    .select()
    .from(subscriptions)
    .where(
      and(
        eq(subscriptions.organizationId, actor.organizationId),
        eq(subscriptions.serviceId, serviceId),
        ne(subscriptions.status, 'canceled'),
      ),
    )
    .for('update');
  return live;
}

/**
 * What a live subscription means for an order: an unpaid one is picked up where it was left, or
 * makes room for another plan (then null); a repeated request gets its answer again; else a conflict.
 */
async function resume(
  tx: Context,
  actor: UserActor,
  order: Order,
  existing: Subscription,
): Promise<Placed | null> {
  if (existing.status === 'pending_payment') {
    const plan = order.service.plans.find(({ id }) => id === existing.planId);
    if (plan && (order.planId === null || order.planId === plan.id)) {
      return { subscription: existing, plan, key: null };
    }
    // Expires the open checkout too, so that the plan left behind cannot be paid for by mistake.
    await enqueueSync(tx, existing.id);
    await endNow(tx, existing, 'replaced');
    return null;
  }
  const isRepeated = order.idempotencyKey !== null && existing.idempotencyKey === order.idempotencyKey;
  if (isRepeated && existing.status === 'active' && existing.planId === order.plan.id) {
    return {
      subscription: existing,
      plan: order.plan,
      key: await reissueFirstKey(tx, actor, order, existing),
    };
  }
  throw new AppError('already_exists', 'Your organization is subscribed to this service already.', {
    details: { subscription_id: existing.id },
  });
}

/**
 * The answer with the first key may have been lost on its way, and its secret is stored nowhere: the
 * repeated request gets a new key, and the one that nobody has seen is revoked. A key in use stays.
 */
async function reissueFirstKey(
  tx: Context,
  actor: UserActor,
  order: Order,
  subscription: Subscription,
): Promise<IssuedKey | null> {
  const own = await tx.db
    .select({ id: keys.id, status: keys.status, lastUsedAt: keys.lastUsedAt })
    .from(keys)
    .where(and(eq(keys.organizationId, actor.organizationId), eq(keys.subscriptionId, subscription.id)))
    .for('update');
  if (own.some(({ lastUsedAt }) => lastUsedAt !== null)) return null;
  for (const key of own.filter(({ status }) => status === 'active')) await revokeKey(tx, { keyId: key.id });
  return insertKey(tx, actor, { name: order.keyName, subscriptionId: subscription.id });
}

async function requireBalance(tx: Context, plan: PlanWithPrice): Promise<void> {
  const needed = minimumBalance(plan);
  if (needed === 0n || plan.price.recurringInterval) return;
  const wallet = await getWallet(tx);
  if (wallet.availableNanos >= needed) return;
  throw new AppError(
    'payment_required',
    'This plan is paid from your wallet, and the wallet is too low. Top it up first.',
    {
      details: {
        top_up_url: `${tx.publicUrl}/buyer/wallet`,
        wallet: { available: toDecimal(wallet.availableNanos), currency: wallet.currency },
        needed: toDecimal(needed),
      },
    },
  );
}
