/** What a budget can be for, how long it counts and what it does; forms and schemas share it. */
export const BUDGET_SCOPES = ['organization', 'member', 'key'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

export const BUDGET_PERIODS = ['day', 'week', 'month'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** `hard` refuses what goes beyond; `soft` only tells. */
export const BUDGET_ENFORCEMENTS = ['hard', 'soft'] as const;
export type BudgetEnforcement = (typeof BUDGET_ENFORCEMENTS)[number];
