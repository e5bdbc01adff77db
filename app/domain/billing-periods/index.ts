/** Ends of billing periods: what volume tiers give back. What others may use. */
export { closeBillingPeriods, findDiscountOfCall } from './close-billing-periods.ts';
