import { and, count, desc, eq, sql, sum, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import {
  disputeCalls,
  disputes,
  organizations,
  services,
  type Dispute,
  type DisputeCall,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Nanos } from '../../lib/money.ts';
import { requireActor, requirePlatformAdmin, type Context } from '../context.ts';
import type { CallEvidence } from './judge-evidence.ts';
import type { DisputePerspective } from './schemas.ts';

/** A dispute in a list. */
export interface DisputeView extends Dispute {
  serviceName: string;
  serviceSlug: string;
  buyerName: string;
  sellerName: string;
  calls: number;
  /** Charges of all its calls. */
  disputedNanos: Nanos;
}

export interface DisputeDetail extends DisputeView {
  callList: (Omit<DisputeCall, 'evidence' | 'organizationId' | 'disputeId'> & { evidence: CallEvidence })[];
}

/** Which disputes this side sees; null: all of them. */
export function ownedBy(ctx: Context, perspective: DisputePerspective): SQL | undefined {
  if (perspective === 'admin') {
    requirePlatformAdmin(ctx);
    return undefined;
  }
  const { organizationId } = requireActor(ctx);
  return perspective === 'buyer'
    ? eq(disputes.organizationId, organizationId)
    : eq(disputes.sellerOrganizationId, organizationId);
}

export async function findDisputes(
  ctx: Context,
  where: SQL | undefined,
  { limit, offset }: { limit: number; offset: number },
): Promise<DisputeView[]> {
  const sellers = alias(organizations, 'sellers');
  const totals = ctx.db
    .select({
      disputeId: disputeCalls.disputeId,
      calls: count().as('calls'),
      charged: sum(disputeCalls.chargeNanos).as('charged'),
    })
    .from(disputeCalls)
    .groupBy(disputeCalls.disputeId)
    .as('totals');
  const rows = await ctx.db
    .select({
      dispute: disputes,
      serviceName: services.name,
      serviceSlug: services.slug,
      buyerName: organizations.name,
      sellerName: sellers.name,
      calls: totals.calls,
      disputedNanos: sql<string>`${totals.charged}::text`,
    })
    .from(disputes)
    .innerJoin(services, eq(services.id, disputes.serviceId))
    .innerJoin(organizations, eq(organizations.id, disputes.organizationId))
    .innerJoin(sellers, eq(sellers.id, disputes.sellerOrganizationId))
    .innerJoin(totals, eq(totals.disputeId, disputes.id))
    .where(where)
    .orderBy(desc(disputes.createdAt), desc(disputes.id))
    .limit(limit)
    .offset(offset);
  return rows.map(({ dispute, disputedNanos, ...names }) => ({
    ...dispute,
    ...names,
    disputedNanos: BigInt(disputedNanos),
  }));
}

/**
 * One dispute with its calls and their evidence.
 * @throws AppError `not_found`, also for other organizations' disputes.
 */
export async function findDispute(
  ctx: Context,
  { disputeId, perspective }: { disputeId: string; perspective: DisputePerspective },
): Promise<DisputeDetail> {
  const where = and(eq(disputes.id, disputeId), ownedBy(ctx, perspective));
  const [dispute] = await findDisputes(ctx, where, { limit: 1, offset: 0 });
  if (!dispute) throw new AppError('not_found', 'There is no such dispute.');
  const calls = await ctx.db
    .select()
    .from(disputeCalls)
    .where(eq(disputeCalls.disputeId, disputeId))
    .orderBy(disputeCalls.requestId);
  return {
    ...dispute,
    callList: calls.map(({ requestId, chargeNanos, refundId, evidence }) => ({
      requestId,
      chargeNanos,
      refundId,
      evidence: evidence as unknown as CallEvidence,
    })),
  };
}
