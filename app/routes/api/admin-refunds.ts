import { z } from 'zod';
import { refundPayment } from '../../domain/payments/index.ts';
import { idempotencyKeySchema } from '../../domain/payments/schemas.ts';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { refundAnswer } from '../../http/subscription-api-format.ts';
import { walletApiField } from '../../http/wallet-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { amountField } from '../../lib/amount-field.ts';

const body = z.strictObject({
  /** Checkout id, or Stripe's id of a fee's invoice. */
  reference: z.string(),
  amount: amountField.optional(),
  reason: z.string(),
  idempotency_key: idempotencyKeySchema,
});

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/admin/refunds: a payment, or a part of it, back to its card. */
    POST: async ({ ctx, readJson }) => {
      const { amount: amountNanos, idempotency_key: idempotencyKey, ...rest } = await readJson(body);
      const refund = await withWireFields(walletApiField, () =>
        refundPayment(ctx, { ...rest, amountNanos, idempotencyKey }),
      );
      return apiResponse(refundAnswer(refund), 201);
    },
  },
  { readable: false },
);
