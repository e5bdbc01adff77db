import { z } from 'zod';
import { decideAdjustment } from '../../domain/invoices/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { adjustmentAnswer } from '../../http/invoice-api-format.ts';

const body = z.strictObject({ decision: z.enum(['approve', 'reject']) });

export const loader = apiMethodNotAllowed(['PUT']);

export const action = apiAction(
  {
    /** A second administrator decides; never the one who asked for it. */
    PUT: async ({ ctx, params, readJson }) => {
      const { decision } = await readJson(body);
      return adjustmentAnswer(await decideAdjustment(ctx, { adjustmentId: params['id'] ?? '', decision }));
    },
  },
  { readable: false },
);
