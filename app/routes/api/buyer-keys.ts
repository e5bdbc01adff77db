import { z } from 'zod';
import { apiAction, apiLoader, apiResponse } from '../../http/api.ts';
import {
  buyerApiField,
  issuedKeyAnswer,
  keyAnswer,
  keySettings,
  keySettingsBody,
} from '../../http/buyer-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { createKey, listKeys } from '../../domain/keys/index.ts';

const body = z.strictObject({
  name: z.string(),
  subscription_id: z.string().nullish(),
  ...keySettingsBody,
});

/** GET /api/v1/buyer/keys */
export const loader = apiLoader(async ({ ctx }) => ({ data: (await listKeys(ctx)).map(keyAnswer) }));

export const action = apiAction({
  /** POST /api/v1/buyer/keys; the answer is the only place where the secret appears. */
  POST: async ({ ctx, readJson }) => {
    const { name, subscription_id: subscriptionId, ...settings } = await readJson(body);
    const issued = await withWireFields(buyerApiField, () =>
      createKey(ctx, { name, subscriptionId, ...keySettings(settings) }),
    );
    return apiResponse(issuedKeyAnswer(issued), 201);
  },
});
