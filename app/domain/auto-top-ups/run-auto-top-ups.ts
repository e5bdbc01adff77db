import { and, eq, lt, sql } from 'drizzle-orm';
import { autoTopUps, checkouts, type Checkout } from '../../../db/schema/index.ts';
import { hasErrorCode, isAppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { toCents } from '../../lib/money.ts';
import { requireSystem, withTransaction, type Context } from '../context.ts';
import {
  createdSince,
  ensureCustomer,
  findByOperation,
  isRefusal,
  runStripeOperation,
} from '../payments/index.ts';
import { lockWallet } from '../wallets/index.ts';
import { failAutoTopUp, type WriteFailure } from './fail-auto-top-up.ts';
import { findPaymentMethod, sumOfMonth } from './get-auto-top-up.ts';
import { settleAutoTopUp } from './settle-auto-top-up.ts';

export interface RunAutoTopUpsInput {
  /** The mail about a failure, in the recipient's language. */
  write: WriteFailure;
}

const CURRENCY = 'USD';
/** A payment that takes longer belongs to a process that died. */
const STALE_MS = 60_000;
/** After a failure, so that its reader can do something about it. */
const RETRY_AFTER_MS = 3_600_000;

interface ChargeParameters {
  amount: number;
  currency: string;
  customer: string;
  paymentMethod: string;
  checkoutId: string;
  organizationId: string;
}

/**
 * Fills every wallet that fell below its threshold, one payment at a time each; takes up payments that
 * a dead process left. Any number of these may run at a time.
 * @returns how many payments were asked for.
 */
export async function runAutoTopUps(ctx: Context, { write }: RunAutoTopUpsInput): Promise<number> {
  requireSystem(ctx);
  const left = await ctx.db
    .select()
    .from(checkouts)
    .where(
      and(
        eq(checkouts.kind, 'auto_top_up'),
        eq(checkouts.status, 'open'),
        lt(checkouts.createdAt, new Date(ctx.clock.now() - STALE_MS)),
      ),
    )
    .orderBy(checkouts.id);
  const due = await ctx.db.execute<{ organization_id: string }>(sql`
    select t.organization_id from auto_top_ups t
    join wallets w on w.organization_id = t.organization_id
    join organizations o on o.id = t.organization_id
    where t.enabled and o.status = 'active' and w.available_nanos < t.threshold_nanos - (
        select coalesce(sum(a.amount_nanos), 0) from allowances a where a.organization_id = t.organization_id)
      and not exists (select 1 from checkouts c where c.organization_id = t.organization_id
        and c.kind = 'auto_top_up' and c.status = 'open')
    order by t.organization_id`);
  const started = [...left];
  for (const { organization_id } of due) {
    const checkout = await begin(ctx, organization_id);
    if (checkout) started.push(checkout);
  }
  for (const checkout of started) await charge(ctx, checkout, write);
  return started.length;
}

/** Our side first: the wallet's lock makes it one payment for one need. */
function begin(ctx: Context, organizationId: string): Promise<Checkout | null> {
  return withTransaction(ctx, async (tx) => {
    const { availableNanos } = await lockWallet(tx, organizationId);
    const [settings] = await tx.db
      .select()
      .from(autoTopUps)
      .where(eq(autoTopUps.organizationId, organizationId))
      .for('update');
    if (!settings?.enabled || availableNanos >= settings.thresholdNanos) return null;
    const { failures, lastAttemptAt, amountNanos, monthlyLimitNanos } = settings;
    if (failures > 0 && lastAttemptAt && tx.clock.now() - lastAttemptAt.getTime() < RETRY_AFTER_MS)
      return null;
    const [open] = await tx.db
      .select({ id: checkouts.id })
      .from(checkouts)
      .where(
        and(
          eq(checkouts.organizationId, organizationId),
          eq(checkouts.kind, 'auto_top_up'),
          eq(checkouts.status, 'open'),
        ),
      );
    if (open || !(await findPaymentMethod(tx, organizationId))) return null;
    if (monthlyLimitNanos !== null) {
      const spent = await sumOfMonth(tx, organizationId);
      if (spent + amountNanos > monthlyLimitNanos) return null;
    }
    await tx.db
      .update(autoTopUps)
      .set({ lastAttemptAt: tx.clock.date() })
      .where(eq(autoTopUps.organizationId, organizationId));
    const id = newId('checkout');
    const [checkout] = await tx.db
      .insert(checkouts)
      .values({
        id,
        organizationId,
        kind: 'auto_top_up',
        currency: CURRENCY,
        amountNanos,
        idempotencyKey: `auto_top_up:${id}`,
        createdAt: tx.clock.date(),
      })
      .returning();
    return checkout ?? null;
  });
}

async function charge(ctx: Context, checkout: Checkout, write: WriteFailure): Promise<void> {
  const { organizationId } = checkout;
  try {
    const paymentMethod = await findPaymentMethod(ctx, organizationId);
    const customer = await ensureCustomer(ctx, organizationId);
    const paymentIntentId = await runStripeOperation<ChargeParameters>(
      ctx,
      {
        kind: 'auto_top_up',
        subjectId: checkout.id,
        organizationId,
        parameters: {
          amount: toCents(checkout.amountNanos),
          currency: checkout.currency.toLowerCase(),
          customer,
          paymentMethod: paymentMethod?.id ?? '',
          checkoutId: checkout.id,
          organizationId,
        },
      },
      (stripe, parameters, idempotencyKey) =>
        stripe.paymentIntents.create(
          {
            amount: parameters.amount,
            currency: parameters.currency,
            customer: parameters.customer,
            payment_method: parameters.paymentMethod,
            off_session: true,
            confirm: true,
            metadata: {
              checkout_id: parameters.checkoutId,
              organization_id: parameters.organizationId,
              operation_id: idempotencyKey,
            },
          },
          { idempotencyKey },
        ),
      (stripe, parameters, operation) =>
        findByOperation(
          stripe.paymentIntents.list({ customer: parameters.customer, created: createdSince(operation) }),
          operation.id,
        ),
    );
    const refusal = await settleAutoTopUp(ctx, checkout, paymentIntentId);
    if (refusal !== null) await failAutoTopUp(ctx, checkout, refusal, write);
  } catch (error) {
    if (!hasErrorCode(error, 'payment_declined') && !hasErrorCode(error, 'payment_unavailable')) {
      ctx.logger.error({ err: error, checkoutId: checkout.id }, 'an automatic top-up could not be charged');
    }
    // Nobody knows yet whether the card was charged: the next run asks again, with the same key.
    if (!isRefusal(error)) return;
    await failAutoTopUp(ctx, checkout, reasonOf(error), write);
  }
}

function reasonOf(error: unknown): string {
  const reason = isAppError(error) ? error.details?.['reason'] : undefined;
  return typeof reason === 'string' ? reason : 'processing_error';
}
