import { z } from 'zod';
import { configureAutoTopUp, getAutoTopUp } from '../../domain/auto-top-ups/index.ts';
import { amountField } from '../../lib/amount-field.ts';
import { apiAction, apiLoader } from '../../http/api.ts';
import { autoTopUpAnswer, autoTopUpApiField } from '../../http/wallet-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';

const body = z.strictObject({
  enabled: z.boolean(),
  threshold: amountField,
  amount: amountField,
  monthly_limit: amountField.nullable(),
});

/** GET /api/v1/buyer/wallet/auto-top-up */
export const loader = apiLoader(async ({ ctx }) => autoTopUpAnswer(await getAutoTopUp(ctx)));

export const action = apiAction({
  /** PUT /api/v1/buyer/wallet/auto-top-up */
  PUT: async ({ ctx, readJson }) => {
    const { enabled, threshold, amount, monthly_limit: monthlyLimitNanos } = await readJson(body);
    const view = await withWireFields(autoTopUpApiField, () =>
      configureAutoTopUp(ctx, {
        enabled,
        thresholdNanos: threshold,
        amountNanos: amount,
        monthlyLimitNanos,
      }),
    );
    return autoTopUpAnswer(view);
  },
});
