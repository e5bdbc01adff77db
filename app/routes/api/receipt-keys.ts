import { listReceiptKeys } from '../../domain/receipts/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';

/** GET /api/v1/receipts/keys (and /.well-known/tollgate-receipt-keys.json): what receipts verify with, for anybody. */
export const loader = apiLoader(({ ctx }) => listReceiptKeys(ctx), { authenticate: 'none' });

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
