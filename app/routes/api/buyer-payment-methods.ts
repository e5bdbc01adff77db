import { addPaymentMethod, listPaymentMethods } from '../../domain/payments/index.ts';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import { paymentMethodAnswer } from '../../http/subscription-api-format.ts';

/** GET /api/v1/buyer/payment-methods, the one that pays first. */
export const loader = apiLoader(async ({ ctx }) => ({
  data: (await listPaymentMethods(ctx)).map(paymentMethodAnswer),
}));

export const action = apiAction({
  /** Where a card is saved, by a person. */
  POST: async ({ ctx }) => apiResponse({ setup_url: (await addPaymentMethod(ctx)).url }, 201),
});
