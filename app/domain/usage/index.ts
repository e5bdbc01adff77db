export { LATE_COMMIT_MINUTES, rollUpUsage } from './roll-up-usage.ts';
export { getUsageReport, type UsageReport } from './get-usage-report.ts';
export { USAGE_SUMS, usageFacts, type UsageSumsRow } from './usage-facts.ts';
export { NO_USAGE, toUsageTotals, type UsageTotals } from './usage-sums.ts';
export { listCalls, type Call } from './list-calls.ts';
export { ensureUsagePartitions } from './ensure-usage-partitions.ts';
export { isTimeZone, MAX_RANGE_DAYS, timeZoneSchema } from './schemas.ts';
export { getCall, type ExplainedCall, type PriceLine } from './get-call.ts';
export { listModelUsage, type ModelUsage } from './list-model-usage.ts';
