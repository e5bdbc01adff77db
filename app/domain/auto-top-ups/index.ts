/** Wallets that fill themselves from the saved payment method. What others may use. */
export { configureAutoTopUp } from './configure-auto-top-up.ts';
export type { AutoTopUpFailure } from './fail-auto-top-up.ts';
export { getAutoTopUp, type AutoTopUpView } from './get-auto-top-up.ts';
export { runAutoTopUps } from './run-auto-top-ups.ts';
export { applyAutoTopUpPayment } from './settle-auto-top-up.ts';
