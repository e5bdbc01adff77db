/** JSON of the budget endpoints: snake_case, money as decimal strings. */
import type { BudgetView, SpendingForecast } from '../domain/budgets/index.ts';
import { toDecimal } from '../lib/money.ts';

export function budgetAnswer(budget: BudgetView) {
  return {
    id: budget.id,
    scope: budget.scope,
    subject_id: budget.subjectId === '' ? null : budget.subjectId,
    subject_name: budget.subjectName,
    period: budget.period,
    amount: toDecimal(budget.amountNanos),
    enforcement: budget.enforcement,
    thresholds: budget.thresholds,
    spent: toDecimal(budget.spentNanos),
    held: toDecimal(budget.heldNanos),
    remaining: toDecimal(budget.remainingNanos),
    spent_percent: budget.spentPercent,
    window_start: budget.windowStart,
    window_end: budget.windowEnd,
    time_zone: budget.timeZone,
    created_at: budget.createdAt,
    updated_at: budget.updatedAt,
  };
}

const WIRE_NAMES: Record<string, string> = { amountNanos: 'amount', subjectId: 'subject_id' };

/** How callers of the API write a field of the domain. */
export const budgetApiField = (field: string): string => WIRE_NAMES[field] ?? field;

export function forecastAnswer(forecast: SpendingForecast) {
  return {
    month_start: forecast.monthStart,
    month_end: forecast.monthEnd,
    time_zone: forecast.timeZone,
    spent: toDecimal(forecast.spentNanos),
    projected: forecast.projectedNanos === null ? null : toDecimal(forecast.projectedNanos),
    per_day: toDecimal(forecast.perDayNanos),
    pace_days: forecast.paceDays,
    runs_out_at: forecast.runsOutAt,
    services: forecast.services.map((service) => ({
      service_id: service.serviceId,
      name: service.name,
      slug: service.slug,
      spent: toDecimal(service.spentNanos),
      projected: toDecimal(service.projectedNanos),
    })),
  };
}
