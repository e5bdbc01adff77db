import { z } from 'zod';
import { apiAction, apiLoader } from '../../http/api.ts';
import { buyerApiField, keyAnswer, keySettings, keySettingsBody } from '../../http/buyer-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getKey, revokeKey, updateKey } from '../../domain/keys/index.ts';

const body = z.strictObject({
  name: z.string().optional(),
  status: z.enum(['active', 'disabled']).optional(),
  ...keySettingsBody,
});

/** GET /api/v1/buyer/keys/:id */
export const loader = apiLoader(async ({ ctx, params }) =>
  keyAnswer(await getKey(ctx, { keyId: params['id'] ?? '' })),
);

export const action = apiAction({
  /** PUT /api/v1/buyer/keys/:id changes what is sent, and leaves the rest as it is. */
  PUT: async ({ ctx, params, readJson }) => {
    const { name, status, ...settings } = await readJson(body);
    const key = await withWireFields(buyerApiField, () =>
      updateKey(ctx, { keyId: params['id'] ?? '', name, status, ...keySettings(settings) }),
    );
    return keyAnswer(key);
  },
  /** DELETE /api/v1/buyer/keys/:id revokes it; it stays in the list. */
  DELETE: async ({ ctx, params }) => keyAnswer(await revokeKey(ctx, { keyId: params['id'] ?? '' })),
});
