import { eq } from 'drizzle-orm';
import type { Db } from '../../../db/client.ts';
import { plans, type Meter, type ModelLimit, type Service } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import type { ParsedPrice } from './price-of-plan.ts';
import { insertPriceVersion } from './price-versions.ts';
import type { ParsedPlan } from './schemas.ts';

export const MAX_ACTIVE_PLANS = 20;

type Owner = Pick<Service, 'id' | 'organizationId' | 'kind'>;

/**
 * Tokens and models are counted for LLM services only, so nothing else can be priced by them.
 * @throws AppError `invalid_request`
 */
export function assertPriceFits(serviceKind: Service['kind'], price: ParsedPrice, fieldPrefix = ''): void {
  if (serviceKind === 'llm') return;
  const isToken = ({ meter }: { meter: Meter }) => meter.endsWith('_token');
  const refuse = (field: string): never => {
    throw new AppError('invalid_request', 'Only LLM services can be priced by tokens and models.', {
      issues: [{ field: `${fieldPrefix}${field}`, reason: 'invalid_choice' }],
    });
  };
  if (price.kind === 'per_token') refuse('kind');
  const component = price.components.findIndex((one) => isToken(one) || one.model !== '*');
  if (component !== -1)
    refuse(`prices.${component}.${isToken(price.components[component]!) ? 'meter' : 'model'}`);
  const quota = price.quotas.findIndex(isToken);
  if (quota !== -1) refuse(`quotas.${quota}.meter`);
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
  assertPriceFits(service.kind, plan.price, fieldPrefix);
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
    kind: plan.price.kind,
    visibility: plan.visibility,
    position: Math.max(-1, ...siblings.map(({ position }) => position)) + 1,
    requestsPerMinute: plan.requestsPerMinute ?? null,
    requestsPerDay: plan.requestsPerDay ?? null,
    tokensPerMinute: plan.tokensPerMinute ?? null,
    tokensPerDay: plan.tokensPerDay ?? null,
    maxConcurrency: plan.maxConcurrency ?? null,
    modelLimits: plan.modelLimits as ModelLimit[],
  });
  await insertPriceVersion(db, {
    planId,
    organizationId: service.organizationId,
    version: 1,
    price: plan.price,
  });
  return planId;
}
