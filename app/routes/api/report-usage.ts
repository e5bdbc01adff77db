import { reportLoader } from '../../http/answer-report.ts';
import { apiMethodNotAllowed } from '../../http/api.ts';

/** GET /api/reports/usage: calls, errors, latency, tokens and cost of a range. */
export const loader = reportLoader('usage');

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
