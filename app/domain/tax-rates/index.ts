/** Tax by the buyer's country, dated. What others may use. */
export { addTaxRate } from './add-tax-rate.ts';
export { findTaxRate, type AppliedTax } from './find-tax-rate.ts';
export { listTaxRates } from './list-tax-rates.ts';
export { countrySchema, taxRateFormSchema, toBasisPoints, type AddTaxRateInput } from './schemas.ts';
