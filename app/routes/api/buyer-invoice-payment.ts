import { payInvoice } from '../../domain/invoices/index.ts';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/buyer/invoices/:id/payment: where to pay what is open. */
    POST: async ({ ctx, params }) => {
      const { url } = await payInvoice(ctx, { invoiceId: params['id'] ?? '' });
      return apiResponse({ url }, 201);
    },
  },
  { readable: false },
);
