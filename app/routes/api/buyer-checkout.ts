import { getCheckout } from '../../domain/payments/index.ts';
import { apiLoader, apiMethodNotAllowed } from '../../http/api.ts';
import { checkoutAnswer } from '../../http/wallet-api-format.ts';

/** GET /api/v1/buyer/checkouts/:id: whether it was paid; ask again while it is open. */
export const loader = apiLoader(async ({ ctx, params }) =>
  checkoutAnswer(await getCheckout(ctx, { checkoutId: params['id'] ?? '' })),
);

export const action = apiMethodNotAllowed(['GET', 'HEAD']);
