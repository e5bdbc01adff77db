import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { listDisputesFor } from '../../http/dispute-api-format.ts';

/** GET /api/v1/admin/disputes?status&page */
export const loader = apiLoader(listDisputesFor('admin'));

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
