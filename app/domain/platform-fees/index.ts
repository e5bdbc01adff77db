/** The platform's share of what buyers pay, dated. What others may use. */
export { getFeeBasisPoints } from './get-fee-basis-points.ts';
export { listPlatformFees, type PlatformFee } from './list-platform-fees.ts';
export { schedulePlatformFee } from './schedule-platform-fee.ts';
