export { rollUpUsage } from './roll-up-usage.ts';
export { getUsageReport, type UsageReport, type UsageTotals } from './get-usage-report.ts';
export { listCalls, type Call } from './list-calls.ts';
export { ensureUsagePartitions } from './ensure-usage-partitions.ts';
export { isTimeZone } from './schemas.ts';
export { getCall, type ExplainedCall, type PriceLine } from './get-call.ts';
export { listModelUsage, type ModelUsage } from './list-model-usage.ts';
