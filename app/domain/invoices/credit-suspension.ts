/** An organization that does not pay: nothing on credit, no calls of paid plans, until it does. */
import { and, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import {
  creditSuspensions,
  invoices,
  plans,
  subscriptions,
  wallets,
  type Invoice,
} from '../../../db/schema/index.ts';
import { enqueue } from '../../../worker/jobs.ts';
import { appendAuditEvent } from '../audit/index.ts';
import type { Context } from '../context.ts';

/** Takes the credit limit and stops paid subscriptions, in the caller's transaction; the wallet is locked. */
export async function suspendCredit(tx: Context, invoice: Invoice): Promise<void> {
  const { organizationId, id: invoiceId } = invoice;
  const live = and(eq(creditSuspensions.organizationId, organizationId), isNull(creditSuspensions.liftedAt));
  const [standing] = await tx.db.select().from(creditSuspensions).where(live);
  if (standing) return;
  const ofOrganization = eq(wallets.organizationId, organizationId);
  const [wallet] = await tx.db
    .select({ creditLimitNanos: wallets.creditLimitNanos })
    .from(wallets)
    .where(ofOrganization)
    .for('update');
  await tx.db.update(wallets).set({ creditLimitNanos: 0n }).where(ofOrganization);
  const paid = tx.db.select({ id: plans.id }).from(plans).where(ne(plans.kind, 'free'));
  const stopped = await tx.db
    .update(subscriptions)
    .set({ status: 'past_due', graceUntil: null })
    .where(
      and(
        eq(subscriptions.organizationId, organizationId),
        eq(subscriptions.status, 'active'),
        inArray(subscriptions.planId, paid),
      ),
    )
    .returning({ id: subscriptions.id });
  const subscriptionIds = stopped.map(({ id }) => id);
  const creditLimitNanos = wallet?.creditLimitNanos ?? 0n;
  await tx.db
    .insert(creditSuspensions)
    .values({ invoiceId, organizationId, creditLimitNanos, subscriptionIds })
    .onConflictDoUpdate({
      target: creditSuspensions.invoiceId,
      set: { creditLimitNanos, subscriptionIds, liftedAt: null },
    });
  await appendAuditEvent(tx, {
    organizationId,
    action: 'organization.credit_suspended',
    subjectId: invoiceId,
    before: { creditLimit: creditLimitNanos },
    after: { creditLimit: 0n, subscriptions: subscriptionIds.length },
  });
  await enqueue(tx.db, 'send_invoice_mail', { invoiceId, notice: 'suspended' });
}

/** Gives back what the suspension took, once no invoice is past due any more. */
export async function liftSuspension(tx: Context, organizationId: string): Promise<void> {
  const live = and(eq(creditSuspensions.organizationId, organizationId), isNull(creditSuspensions.liftedAt));
  const [standing] = await tx.db.select().from(creditSuspensions).where(live).for('update');
  if (!standing) return;
  const [overdue] = await tx.db
    .select({ id: invoices.id })
    .from(invoices)
    .where(and(eq(invoices.organizationId, organizationId), eq(invoices.status, 'past_due')))
    .limit(1);
  if (overdue) return;
  const { creditLimitNanos, subscriptionIds, invoiceId } = standing;
  await tx.db
    .update(wallets)
    .set({
      creditLimitNanos: sql`greatest(${wallets.creditLimitNanos}, ${creditLimitNanos.toString()}::bigint)`,
    })
    .where(eq(wallets.organizationId, organizationId));
  await tx.db
    .update(subscriptions)
    .set({ status: 'active' })
    .where(
      and(
        eq(subscriptions.organizationId, organizationId),
        eq(subscriptions.status, 'past_due'),
        // A fee that is past due has days of grace; what was paid for meanwhile has none, as what was stopped.
        or(inArray(subscriptions.id, subscriptionIds), isNull(subscriptions.graceUntil)),
      ),
    );
  await tx.db.update(creditSuspensions).set({ liftedAt: tx.clock.date() }).where(live);
  await appendAuditEvent(tx, {
    organizationId,
    action: 'organization.credit_restored',
    subjectId: invoiceId,
    after: { creditLimit: creditLimitNanos, subscriptions: subscriptionIds.length },
  });
  await enqueue(tx.db, 'send_invoice_mail', { invoiceId, notice: 'recovered' });
}

/** True while unpaid invoices keep an organization from buying. */
export async function isCreditSuspended(ctx: Pick<Context, 'db'>, organizationId: string): Promise<boolean> {
  const [standing] = await ctx.db
    .select({ invoiceId: creditSuspensions.invoiceId })
    .from(creditSuspensions)
    .where(and(eq(creditSuspensions.organizationId, organizationId), isNull(creditSuspensions.liftedAt)));
  return standing !== undefined;
}
