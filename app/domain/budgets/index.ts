/** How much may be spent in a day, a week or a month. What others may use. */
export { alertBudgets, type BudgetAlert } from './alert-budgets.ts';
export type { BudgetView } from './budget-view.ts';
export { countBudgetWindows } from './count-budget-windows.ts';
export { createBudget } from './create-budget.ts';
export { deleteBudget } from './delete-budget.ts';
export { forecastSpending, type SpendingForecast } from './forecast-spending.ts';
export { listBudgetSubjects, type BudgetSubject } from './list-budget-subjects.ts';
export { getBudget, listBudgets } from './list-budgets.ts';
export { updateBudget } from './update-budget.ts';
