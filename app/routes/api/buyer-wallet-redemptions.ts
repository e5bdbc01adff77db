import { z } from 'zod';
import { redeemCode } from '../../domain/promotions/index.ts';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { creditAnswer } from '../../http/wallet-api-format.ts';

const body = z.strictObject({ code: z.string() });

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/buyer/wallet/redemptions */
    POST: async ({ ctx, readJson }) => {
      const credit = await redeemCode(ctx, await readJson(body));
      return apiResponse({ credit: creditAnswer(credit) }, 201);
    },
  },
  { readable: false },
);
