import { and, eq } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { plans, services, type Plan, type Service } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';

/**
 * The service, locked until the transaction ends, so that its plans change one at a time.
 * @throws AppError `not_found` also when another organization sells it, or it was deleted.
 */
export async function lockOwnService(db: Db, organizationId: string, serviceId: string): Promise<Service> {
  const [service] = await db
    .select()
    .from(services)
    .where(and(eq(services.id, serviceId), eq(services.organizationId, organizationId)))
    .for('update');
  if (!service || service.status === 'archived') throw new AppError('not_found', 'There is no such service.');
  return service;
}

/**
 * A plan of this seller with its service, which is locked.
 * @throws AppError `not_found` also when another organization sells it.
 */
export async function lockOwnPlan(
  db: Db,
  organizationId: string,
  planId: string,
): Promise<{ plan: Plan; service: Service }> {
  const [plan] = await db
    .select()
    .from(plans)
    .where(and(eq(plans.id, planId), eq(plans.organizationId, organizationId)));
  if (!plan) throw new AppError('not_found', 'There is no such plan.');
  return { plan, service: await lockOwnService(db, organizationId, plan.serviceId) };
}
