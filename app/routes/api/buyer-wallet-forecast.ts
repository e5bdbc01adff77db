import { forecastSpending } from '../../domain/budgets/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { forecastAnswer } from '../../http/budget-api-format.ts';

/** GET /api/v1/buyer/wallet/forecast: what this month will have cost at the pace of the last seven days. */
export const loader = apiLoader(async ({ ctx }) => forecastAnswer(await forecastSpending(ctx)));

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
