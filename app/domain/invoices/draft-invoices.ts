import { and, eq, lte, sql } from 'drizzle-orm';
import { invoices } from '../../../db/schema/index.ts';
import { encodeUlidTime } from '../../lib/ids.ts';
import { requireSystem, type Context } from '../context.ts';
import { readBillingSettings } from './billing-settings.ts';
import { draftInvoice } from './draft-invoice.ts';
import { autoFinalizeInvoice } from './finalize-invoice.ts';

/** Months that ended while no job ran are drafted as well, so far back. */
const MONTHS_BACK = 3;
const DAY_MS = 86_400_000;
const MONTH_DAYS = 31;

/**
 * Drafts the months that have ended, organization by organization, and computes waiting drafts anew.
 * One that fails does not stop the others.
 * @returns how many drafts there are now.
 */
export async function draftInvoices(ctx: Context): Promise<{ drafts: number }> {
  requireSystem(ctx);
  const now = ctx.clock.date();
  const since = new Date(now.getTime() - (MONTHS_BACK + 1) * MONTH_DAYS * DAY_MS);
  const work = await ctx.db.execute<{ organization_id: string; at: string }>(sql`
    with active as (
      select o.id, o.time_zone from organizations o
      where exists (select 1 from usage_events u where u.organization_id = o.id and u.charge_nanos <> 0
              and u.request_id >= ${`req_${encodeUlidTime(Math.max(0, since.getTime()))}`})
         or exists (select 1 from subscription_fees f where f.organization_id = o.id and f.paid_at >= ${since.toISOString()}::timestamptz)
         or exists (select 1 from refunds r where r.organization_id = o.id and r.created_at >= ${since.toISOString()}::timestamptz)
         or exists (select 1 from invoices i where i.organization_id = o.id and i.status = 'draft'))
    select a.id as organization_id, m.at
    from active a
    cross join lateral (
      select ((date_trunc('month', ${now.toISOString()}::timestamptz at time zone a.time_zone)
        - make_interval(months => n)) at time zone a.time_zone) as at
      from generate_series(1, ${MONTHS_BACK}) n) m
    where not exists (select 1 from invoices i where i.organization_id = a.id and i.status not in ('draft', 'void')
      and i.period_start <= m.at + interval '10 days' and i.period_end > m.at + interval '10 days')
    order by m.at, a.id`);
  let drafts = 0;
  for (const { organization_id: organizationId, at } of work) {
    try {
      // A few days in: time zones do not matter there.
      const middle = new Date(new Date(at).getTime() + 10 * DAY_MS);
      if (await draftInvoice(ctx, { organizationId, at: middle })) drafts++;
    } catch (error) {
      ctx.logger.error({ organizationId, err: error }, 'an invoice could not be drafted');
    }
  }
  return { drafts };
}

/** Finalizes drafts whose window is over, as far as administrators allow that unseen. */
export async function finalizeInvoices(ctx: Context): Promise<{ finalized: number }> {
  requireSystem(ctx);
  const { autoFinalizeNanos, invoiceDraftHours } = await readBillingSettings(ctx);
  if (autoFinalizeNanos === null) return { finalized: 0 };
  const closed = new Date(ctx.clock.now() - invoiceDraftHours * (DAY_MS / 24));
  const due = await ctx.db
    .select({ id: invoices.id })
    .from(invoices)
    .where(and(eq(invoices.status, 'draft'), lte(invoices.periodEnd, closed)))
    .orderBy(invoices.periodEnd, invoices.id);
  let finalized = 0;
  for (const { id } of due) {
    try {
      if (await autoFinalizeInvoice(ctx, { invoiceId: id })) finalized++;
    } catch (error) {
      ctx.logger.error({ invoiceId: id, err: error }, 'an invoice could not be finalized');
    }
  }
  return { finalized };
}
