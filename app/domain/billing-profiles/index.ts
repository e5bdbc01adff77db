/** Name, address and tax id of buyers. What others may use. */
export { billingProfileOf, getBillingProfile, type BillingProfileView } from './get-billing-profile.ts';
export { pushBillingProfile } from './push-billing-profile.ts';
export { saveBillingProfile } from './save-billing-profile.ts';
export { saveBillingProfileSchema, type SaveBillingProfileInput } from './schemas.ts';
export { TAX_ID_EXAMPLES, TAX_ID_TYPES, type TaxIdType } from './tax-ids.ts';
