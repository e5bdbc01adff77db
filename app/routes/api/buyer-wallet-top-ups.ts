import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { startTopUp } from '../../domain/payments/index.ts';
import { decimalAmountSchema, idempotencyKeySchema } from '../../domain/payments/schemas.ts';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { checkoutAnswer, walletApiField } from '../../http/wallet-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

const body = z.strictObject({
  amount: decimalAmountSchema,
  idempotency_key: idempotencyKeySchema.optional(),
});

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/buyer/wallet/top-ups; the key may come as an `Idempotency-Key` header as well. */
    POST: async ({ ctx, request, readJson }) => {
      const { amount, idempotency_key: keyInBody } = await readJson(body);
      const idempotencyKey = keyInBody ?? request.headers.get('idempotency-key') ?? randomUUID();
      const { checkout, url } = await withWireFields(walletApiField, () =>
        startTopUp(ctx, { amountNanos: amount, idempotencyKey }),
      );
      return apiResponse({ checkout: checkoutAnswer(checkout, url) }, 201, {
        location: `/api/v1/buyer/checkouts/${checkout.id}`,
      });
    },
  },
  { readable: false },
);
