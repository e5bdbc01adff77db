import { and, eq, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import {
  checkouts,
  stripeEvents,
  stripeOperations,
  subscriptions,
  watermarks,
} from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { isAppError } from '../../lib/app-error.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import { callStripe } from '../payments/index.ts';
import { applyStripeSubscription, reconcileCheckout } from '../subscriptions/index.ts';
import { keepStripeEvent } from './keep-stripe-event.ts';
import { resumeOperation } from './resume-operation.ts';
import { stripeEventSchema } from './schemas.ts';

export interface ReconcileResult {
  /** Events that no webhook brought. */
  missedEvents: number;
  /** Events that were kept and not applied. */
  repeatedEvents: number;
  checkouts: number;
  subscriptions: number;
  operations: number;
}

const WATERMARK = 'stripe_events';
const HOUR_MS = 3_600_000;
/** Stripe lists events of thirty days. */
const MAX_AGE_MS = 29 * 24 * HOUR_MS;
/** Events are not listed in the order they happened; what is seen twice is kept once. */
const OVERLAP_MS = 6 * HOUR_MS;
const PAGE = 100;
/** Younger ones may still be under way. */
const SETTLED_MS = HOUR_MS;

/**
 * Finds what webhooks did not bring: events since the last time, checkouts that were paid, subscriptions
 * whose period has run out, operations whose answer was lost. Repeating it is safe.
 */
export async function reconcileStripe(ctx: Context): Promise<ReconcileResult> {
  requireSystem(ctx);
  const startedAt = ctx.clock.date();
  const missedEvents = await keepMissedEvents(ctx);
  const result = {
    missedEvents,
    repeatedEvents: await repeatUnapplied(ctx),
    checkouts: await settleOpenCheckouts(ctx),
    subscriptions: await followSubscriptions(ctx),
    operations: await resumeOperations(ctx),
  };
  await ctx.db
    .insert(watermarks)
    .values({ name: WATERMARK, reachedAt: startedAt })
    .onConflictDoUpdate({ target: watermarks.name, set: { reachedAt: startedAt } });
  ctx.logger.info({ ...result }, 'reconciled with Stripe');
  return result;
}

const settledBefore = (ctx: Context): Date => new Date(ctx.clock.now() - SETTLED_MS);

async function keepMissedEvents(ctx: Context): Promise<number> {
  const [watermark] = await ctx.db.select().from(watermarks).where(eq(watermarks.name, WATERMARK));
  const oldest = ctx.clock.now() - MAX_AGE_MS;
  const since = Math.max(oldest, (watermark?.reachedAt.getTime() ?? oldest) - OVERLAP_MS);
  const created = { gte: Math.floor(since / 1000) };
  let missed = 0;
  let startingAfter: string | undefined;
  for (;;) {
    const page = await callStripe(() =>
      ctx.payments.stripe.events.list({
        created,
        limit: PAGE,
        ...(startingAfter && { starting_after: startingAfter }),
      }),
    );
    for (const listed of page.data) {
      const event = stripeEventSchema.parse(listed);
      if (await withTransaction(ctx, (tx) => keepStripeEvent(tx, event))) missed++;
    }
    startingAfter = page.data.at(-1)?.id;
    if (!page.has_more || startingAfter === undefined) return missed;
  }
}

/** Their jobs gave up; a night later Stripe may answer again. */
async function repeatUnapplied(ctx: Context): Promise<number> {
  const waiting = await ctx.db
    .select({ id: stripeEvents.id })
    .from(stripeEvents)
    .where(and(isNull(stripeEvents.appliedAt), lt(stripeEvents.receivedAt, settledBefore(ctx))));
  for (const { id } of waiting) {
    await enqueue(
      ctx.db,
      'apply_stripe_event',
      { eventId: id },
      { jobKey: `stripe_event:${id}`, preserveRunAt: true },
    );
  }
  return waiting.length;
}

async function settleOpenCheckouts(ctx: Context): Promise<number> {
  const open = await ctx.db
    .select({ id: checkouts.id })
    .from(checkouts)
    .where(
      and(
        eq(checkouts.status, 'open'),
        isNotNull(checkouts.stripeSessionId),
        lt(checkouts.createdAt, settledBefore(ctx)),
      ),
    );
  return each(ctx, open, ({ id }) => reconcileCheckout(ctx, { checkoutId: id }));
}

async function followSubscriptions(ctx: Context): Promise<number> {
  const due = await ctx.db
    .select({ id: subscriptions.stripeSubscriptionId })
    .from(subscriptions)
    .where(
      and(
        isNotNull(subscriptions.stripeSubscriptionId),
        sql`${subscriptions.status} <> 'canceled'`,
        or(eq(subscriptions.status, 'past_due'), lt(subscriptions.currentPeriodEnd, settledBefore(ctx))),
      ),
    );
  return each(ctx, due, ({ id }) => applyStripeSubscription(ctx, id!));
}

async function resumeOperations(ctx: Context): Promise<number> {
  const pending = await ctx.db
    .select()
    .from(stripeOperations)
    .where(and(eq(stripeOperations.status, 'pending'), lt(stripeOperations.createdAt, settledBefore(ctx))));
  return each(ctx, pending, (operation) => resumeOperation(ctx, operation));
}

/** One that fails does not keep the others waiting. */
async function each<T>(ctx: Context, items: T[], work: (item: T) => Promise<void>): Promise<number> {
  let done = 0;
  for (const item of items) {
    try {
      await work(item);
      done++;
    } catch (error) {
      if (isAppError(error) && error.code === 'payment_unavailable') throw error;
      ctx.logger.error({ err: error }, 'reconciling one object with Stripe failed');
    }
  }
  return done;
}
