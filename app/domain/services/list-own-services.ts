import { and, count, eq } from 'drizzle-orm';
import { services } from '../../../db/schema/index.ts';
import { requireActor, type Context } from '../context.ts';
import { findActivePlans, type PlanWithPrice } from '../plans/index.ts';
import { findOwnServices, stillExists, type OwnService } from './own-service.ts';

export const OWN_SERVICES_PAGE_SIZE = 50;

export interface OwnServicesPage {
  /** Newest first, with the plans that can be subscribed to. */
  items: (OwnService & { plans: PlanWithPrice[] })[];
  total: number;
  page: number;
  pageCount: number;
}

/** The services of the acting organization. */
export async function listOwnServices(ctx: Context, input: { page?: number } = {}): Promise<OwnServicesPage> {
  const actor = requireActor(ctx);
  const page = Number.isSafeInteger(input.page) ? Math.min(Math.max(input.page ?? 1, 1), 10_000) : 1;
  const where = and(eq(services.organizationId, actor.organizationId), stillExists);
  const [own, [counted]] = await Promise.all([
    findOwnServices(ctx.db, where, {
      limit: OWN_SERVICES_PAGE_SIZE,
      offset: (page - 1) * OWN_SERVICES_PAGE_SIZE,
    }),
    ctx.db.select({ total: count() }).from(services).where(where),
  ]);
  const plans = Map.groupBy(
    await findActivePlans(
      ctx.db,
      own.map(({ id }) => id),
    ),
    ({ serviceId }) => serviceId,
  );
  const total = counted?.total ?? 0;
  return {
    items: own.map((service) => ({ ...service, plans: plans.get(service.id) ?? [] })),
    total,
    page,
    pageCount: Math.max(1, Math.ceil(total / OWN_SERVICES_PAGE_SIZE)),
  };
}
