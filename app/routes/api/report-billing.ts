import { reportLoader } from '../../http/answer-report.ts';
import { apiMethodNotAllowed } from '../../http/api.ts';

/** GET /api/reports/billing: what calls and plans cost, by what paid, and what went back. */
export const loader = reportLoader('billing');

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
