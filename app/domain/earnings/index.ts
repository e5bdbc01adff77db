export { getEarnings, getFeeBasisPoints, type Earnings, type EarningsSums } from './get-earnings.ts';
