/** Reports of usage and of what it cost, for buyers, sellers and administrators. */
export { getStatistics, type Statistics } from './get-statistics.ts';
export { reportBilling, type BillingTable, type BillingTotals } from './report-billing.ts';
export { reportUsage, type UsageTable } from './report-usage.ts';
export type { Group } from './report-table.ts';
export type { ReportContext } from './report-scope.ts';
