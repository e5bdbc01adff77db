import { and, desc, eq, lt } from 'drizzle-orm';
import { refunds, usageEvents, services } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireActor, type Context } from '../context.ts';
import { listRefundsSchema, type ListRefundsInput } from './schemas.ts';

export interface RefundView {
  id: string;
  kind: (typeof refunds.$inferSelect)['kind'];
  /** Request id, or what else was paid back. */
  reference: string;
  /** Null: no call of a service. */
  serviceName: string | null;
  amountNanos: Nanos;
  /** The platform's share that went back with it; for sellers. */
  feeNanos: Nanos;
  currency: string;
  destination: 'source' | 'card';
  status: 'pending' | 'succeeded' | 'failed';
  reason: string;
  createdAt: Date;
}

/** Refunds that the acting organization got as a buyer or bears as a seller, newest first. */
export async function listRefunds(ctx: Context, input: ListRefundsInput): Promise<RefundView[]> {
  const { organizationId } = requireActor(ctx);
  const { perspective, limit, before } = parseInput(listRefundsSchema, input);
  const mine = perspective === 'buyer' ? refunds.organizationId : refunds.sellerOrganizationId;
  const rows = await ctx.db
    .select({
      id: refunds.id,
      kind: refunds.kind,
      reference: refunds.reference,
      serviceName: services.name,
      amountNanos: refunds.amountNanos,
      feeNanos: refunds.feeNanos,
      currency: refunds.currency,
      destination: refunds.destination,
      status: refunds.status,
      reason: refunds.reason,
      createdAt: refunds.createdAt,
    })
    .from(refunds)
    .leftJoin(
      usageEvents,
      and(
        eq(refunds.kind, 'call'),
        eq(usageEvents.organizationId, refunds.organizationId),
        eq(usageEvents.requestId, refunds.reference),
      ),
    )
    .leftJoin(services, eq(services.id, usageEvents.serviceId))
    .where(and(eq(mine, organizationId), before === undefined ? undefined : lt(refunds.id, before)))
    .orderBy(desc(refunds.id))
    .limit(limit);
  // What the platform keeps is between it and the seller.
  return rows.map((row) => ({ ...row, feeNanos: perspective === 'seller' ? row.feeNanos : 0n }));
}
