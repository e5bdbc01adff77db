import { eq, sql } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import {
  plans,
  priceComponents,
  priceVersions,
  type ModelLimit,
  type Service,
} from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { toPriceRows } from './price-of-plan.ts';
import type { ParsedPlan, ParsedPrice } from './schemas.ts';

export const MAX_ACTIVE_PLANS = 20;

type Owner = Pick<Service, 'id' | 'organizationId' | 'kind'>;

/** Tokens are counted for LLM services only, so nothing else can be priced by them. */
export function assertKindFits(
  serviceKind: Service['kind'],
  planKind: ParsedPlan['kind'],
  field = 'kind',
): void {
  if (planKind === 'per_token' && serviceKind !== 'llm') {
    throw new AppError('invalid_request', 'Only LLM services can be priced per token.', {
      issues: [{ field, reason: 'invalid_choice' }],
    });
  }
}

/**
 * Writes a plan and version 1 of its price. The caller has authorized, holds a transaction and has
 * locked the service, so that names stay unique and the number of plans bounded.
 */
export async function insertPlan(
  db: Db,
  service: Owner,
  plan: ParsedPlan,
  fieldPrefix = '',
): Promise<string> {
  assertKindFits(service.kind, plan.kind, `${fieldPrefix}kind`);
  const siblings = await db
    .select({ name: plans.name, position: plans.position, status: plans.status })
    .from(plans)
    .where(eq(plans.serviceId, service.id));
  const active = siblings.filter(({ status }) => status === 'active');
  if (active.length >= MAX_ACTIVE_PLANS) {
    throw new AppError('conflict', `A service has at most ${MAX_ACTIVE_PLANS} active plans.`);
  }
  if (active.some(({ name }) => name.toLowerCase() === plan.name.toLowerCase())) {
    throw new AppError('already_exists', 'This service has a plan of this name already.', {
      issues: [{ field: `${fieldPrefix}name`, reason: 'taken' }],
    });
  }
  const planId = newId('plan');
  await db.insert(plans).values({
    id: planId,
    organizationId: service.organizationId,
    serviceId: service.id,
    name: plan.name,
    description: plan.description,
    kind: plan.kind,
    position: Math.max(-1, ...siblings.map(({ position }) => position)) + 1,
    requestsPerMinute: plan.requestsPerMinute ?? null,
    requestsPerDay: plan.requestsPerDay ?? null,
    tokensPerMinute: plan.tokensPerMinute ?? null,
    tokensPerDay: plan.tokensPerDay ?? null,
    maxConcurrency: plan.maxConcurrency ?? null,
    modelLimits: plan.modelLimits as ModelLimit[],
  });
  await insertPriceVersion(db, { planId, organizationId: service.organizationId, version: 1, price: plan });
  return planId;
}

/**
 * Writes one immutable price version; without `effectiveFrom` it counts from this transaction on, and
 * never before the version it follows (two transactions may overlap).
 */
export async function insertPriceVersion(
  db: Db,
  input: {
    planId: string;
    organizationId: string;
    version: number;
    price: ParsedPrice;
    effectiveFrom?: Date;
  },
): Promise<void> {
  const { components, ...recurring } = toPriceRows(input.price);
  const id = newId('priceVersion');
  await db.insert(priceVersions).values({
    id,
    planId: input.planId,
    organizationId: input.organizationId,
    version: input.version,
    ...recurring,
    effectiveFrom:
      input.effectiveFrom ??
      sql`greatest(now(), (select max(effective_from) from price_versions where plan_id = ${input.planId}))`,
  });
  if (components.length > 0) {
    await db
      .insert(priceComponents)
      .values(components.map((component) => ({ priceVersionId: id, ...component })));
  }
}
