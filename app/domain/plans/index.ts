export { createPlan, type CreatePlanInput } from './create-plan.ts';
export { updatePlan, updatePlanSchema, type UpdatePlanInput } from './update-plan.ts';
export { changePlanPrice, type ChangePlanPriceInput } from './change-plan-price.ts';
export { archivePlan } from './archive-plan.ts';
export { listPlans } from './list-plans.ts';
export { getPlanWithPrice } from './get-plan-with-price.ts';
export { findActivePlans, findPlansWithPrices } from './plan-with-price.ts';
export type { PlanKind } from '../../../db/schema/index.ts';
export type { CurrentPrice, PlanWithPrice, UnitPrice } from './plan-with-price.ts';
export { insertPlan } from './insert-plan.ts';
export { lockOwnService } from './lock-own-plan.ts';
export { toDecimalPrice, type DecimalPrice } from './price-of-plan.ts';
export {
  modelIdSchema,
  moneySchema,
  planSchema,
  priceSchema,
  type ParsedPlan,
  type PlanInput,
  type PriceInput,
} from './schemas.ts';
