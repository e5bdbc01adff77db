/** What sellers earn, and when it is theirs. What others may use. */
export { getFeeBasisPoints } from '../platform-fees/index.ts';
export { getEarnings, type Earnings, type EarningsSums } from './get-earnings.ts';
export { listPendingReleases, type PendingRelease } from './list-pending-releases.ts';
export { releaseEarnings } from './release-earnings.ts';
export { getSellerStatement, type SellerStatement, type StatementLine } from './get-seller-statement.ts';
export { bearingPurpose, lockSellerBalance } from './seller-balance.ts';
