/** Where Stripe, or the sandbox, tells what happened: verify, keep, answer fast; a job does the rest. */
import { recordStripeEvent } from '../../domain/stripe-events/index.ts';
import { apiAction, apiMethodNotAllowed } from '../../http/api.ts';
import { readBody } from '../../http/read-body.ts';

const MAX_BODY_BYTES = 256 * 1024;

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    POST: async ({ ctx, request }) => {
      const payload = await readBody(request, MAX_BODY_BYTES);
      await recordStripeEvent(ctx, { payload, signature: request.headers.get('stripe-signature') });
      return { received: true };
    },
  },
  // The signature says who it is.
  { authenticate: 'none', readable: false },
);
