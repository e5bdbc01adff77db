import { and, eq } from 'drizzle-orm';
import { auditEvents, type Subscription } from '../../../db/schema/index.ts';
import { appendAuditEvent } from '../audit/index.ts';
import type { Context } from '../context.ts';

const ACTION = 'subscription.trial_started';

/** Whether this organization has not tried the service yet: one trial each, whatever the plan. */
export async function hasTrialLeft(
  ctx: Context,
  { organizationId, serviceId }: Pick<Subscription, 'organizationId' | 'serviceId'>,
): Promise<boolean> {
  const [had] = await ctx.db
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.organizationId, organizationId),
        eq(auditEvents.action, ACTION),
        eq(auditEvents.subjectId, serviceId),
      ),
    )
    .limit(1);
  return had === undefined;
}

/** Remembers that the trial of a service was used. */
export async function useTrial(
  tx: Context,
  { id, organizationId, serviceId }: Pick<Subscription, 'id' | 'organizationId' | 'serviceId'>,
): Promise<void> {
  if (!(await hasTrialLeft(tx, { organizationId, serviceId }))) return;
  await appendAuditEvent(tx, {
    organizationId,
    action: ACTION,
    subjectId: serviceId,
    after: { subscriptionId: id },
  });
}
