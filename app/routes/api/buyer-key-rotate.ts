import { z } from 'zod';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { buyerApiField, issuedKeyAnswer } from '../../http/buyer-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { ROTATION_GRACE_HOURS } from '../../lib/service-options.ts';
import { rotateKey } from '../../domain/keys/index.ts';

const body = z.strictObject({ grace_hours: z.literal(ROTATION_GRACE_HOURS).optional() });

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/buyer/keys/:id/rotate; the new secret is in this answer only. */
    POST: async ({ ctx, params, readJson }) => {
      const { grace_hours: graceHours } = await readJson(body);
      const issued = await withWireFields(buyerApiField, () =>
        rotateKey(ctx, { keyId: params['id'] ?? '', graceHours }),
      );
      return apiResponse(issuedKeyAnswer(issued), 201);
    },
  },
  { readable: false },
);
