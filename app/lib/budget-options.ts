/** What a budget can be for, how long it counts and what it does; forms and schemas share it. */
export const BUDGET_SCOPES = ['organization', 'member', 'key'] as const;

export const BUDGET_PERIODS = ['day', 'week', 'month'] as const;

/** `hard` refuses what goes beyond; `soft` only tells. */
export const BUDGET_ENFORCEMENTS = ['hard', 'soft'] as const;
