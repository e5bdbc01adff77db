export { createPlan, type CreatePlanInput } from './create-plan.ts';
export { updatePlan, updatePlanSchema, type UpdatePlanInput } from './update-plan.ts';
export { changePlanPrice, type ChangePlanPriceInput } from './change-plan-price.ts';
export { withdrawUpcomingPrices } from './withdraw-upcoming-prices.ts';
export { listPriceVersions } from './list-price-versions.ts';
export type { DatedPrice } from './price-versions.ts';
export { previewPlanPrice, type PreviewOutcome, type PricePreview } from './preview-plan-price.ts';
export { exampleOf, workExample, type WorkedExample } from './work-example.ts';
export { importPriceList, type ImportPriceListInput } from './import-price-list.ts';
export {
  LISTED_METERS,
  markUp,
  PRICE_LINE_HEADING,
  readPriceList,
  toPriceLine,
  type ListedModel,
  type PriceList,
} from './price-list.ts';
export { archivePlan } from './archive-plan.ts';
export { listPlans } from './list-plans.ts';
export { getOwnPlan } from './get-own-plan.ts';
export { getPlanWithPrice } from './get-plan-with-price.ts';
export { findActivePlans, findPlansWithPrices } from './plan-with-price.ts';
export { findOfferedPlans, requireSubscribablePlan } from './offered-plans.ts';
export { createPlanInvitation, type InvitationView } from './create-plan-invitation.ts';
export type { WriteInvitation } from './mail-plan-invitation.ts';
export { listPlanInvitations } from './list-plan-invitations.ts';
export { revokePlanInvitation } from './revoke-plan-invitation.ts';
export { resendPlanInvitation } from './resend-plan-invitation.ts';
export { acceptPlanInvitation, getPlanInvitation, type OpenInvitation } from './accept-plan-invitation.ts';
export { METERS, PLAN_KINDS, type Meter, type PlanKind } from '../../../db/schema/index.ts';
export type { CurrentPrice, PlanWithPrice, UnitPrice } from './plan-with-price.ts';
export { insertPlan } from './insert-plan.ts';
export { lockOwnService } from './lock-own-plan.ts';
export {
  toDecimalPrice,
  toGeneralPrice,
  type DecimalGeneralPrice,
  type DecimalPrice,
  type ParsedPrice,
  type Quota,
} from './price-of-plan.ts';
export {
  modelIdSchema,
  moneySchema,
  planSchema,
  priceSchema,
  type GeneralPriceInput,
  type ParsedPlan,
  type PlanInput,
  type PriceInput,
} from './schemas.ts';
