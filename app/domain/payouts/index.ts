/** Earnings on their way to sellers. What others may use. */
export { advancePayout, type AdvancePayoutInput, type WritePayoutMail } from './advance-payout.ts';
export { applyConnectEvent } from './apply-connect-event.ts';
export { findReversalOf } from './find-reversal.ts';
export { getPayoutSettings, updatePayoutSettings, type PayoutSettings } from './payout-settings.ts';
export { getPayoutState, type PayoutState } from './get-payout-state.ts';
export { listAllPayouts, type AdminPayout } from './list-all-payouts.ts';
export { listPayouts } from './list-payouts.ts';
export { recoverPayouts, type RecoverPayoutsInput, type WriteReversalMail } from './recover-payouts.ts';
export { requestPayout } from './request-payout.ts';
export { schedulePayouts } from './schedule-payouts.ts';
export { startOnboarding } from './start-onboarding.ts';
