import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { listDisputesFor } from '../../http/dispute-api-format.ts';

/** GET /api/v1/seller/disputes?status&page */
export const loader = apiLoader(listDisputesFor('seller'));

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
