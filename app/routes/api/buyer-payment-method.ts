import { z } from 'zod';
import {
  listPaymentMethods,
  removePaymentMethod,
  setDefaultPaymentMethod,
} from '../../domain/payments/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { paymentMethodAnswer } from '../../http/subscription-api-format.ts';

const body = z.strictObject({ is_default: z.literal(true) });

export const loader = apiMethodNotAllowed(['PATCH', 'DELETE']);

export const action = apiAction(
  {
    /** Has it pay from now on. */
    PATCH: async ({ ctx, params, readJson }) => {
      await readJson(body);
      await setDefaultPaymentMethod(ctx, { paymentMethodId: params['id'] ?? '' });
      return { data: (await listPaymentMethods(ctx)).map(paymentMethodAnswer) };
    },
    DELETE: async ({ ctx, params }) => {
      await removePaymentMethod(ctx, { paymentMethodId: params['id'] ?? '' });
    },
  },
  { readable: false },
);
