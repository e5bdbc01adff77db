import { z } from 'zod';
import { apiAction, apiMethodNotAllowed, apiResponse } from '../../http/api.ts';
import { buyerApiField, dueAnswer, subscribedAnswer } from '../../http/buyer-api-format.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { getPublishedService } from '../../domain/services/index.ts';
import { createSubscription, getSubscription } from '../../domain/subscriptions/index.ts';
import { AppError } from '../../lib/app-error.ts';

const body = z.strictObject({ plan_id: z.string().optional(), key_name: z.string().optional() });

export const loader = apiMethodNotAllowed(['POST']);

export const action = apiAction(
  {
    /** POST /api/v1/buyer/apis/:id/subscribe; an `Idempotency-Key` header makes it safe to repeat. */
    POST: async ({ ctx, params, request, readJson }) => {
      const { plan_id: planId, key_name: keyName } = await readJson(body);
      const service = await getPublishedService(ctx, params['id'] ?? '');
      const idempotencyKey = request.headers.get('idempotency-key') ?? undefined;
      const created = await withWireFields(buyerApiField, () =>
        createSubscription(ctx, { service: service.id, planId, keyName, idempotencyKey }),
      );
      if (created.checkout) {
        throw new AppError(
          'payment_required',
          'Pay the first fee at checkout_url; then the plan is active.',
          {
            details: dueAnswer(created.checkout, created.subscription.id),
          },
        );
      }
      const view = await getSubscription(ctx, { subscriptionId: created.subscription.id });
      const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
      return apiResponse(subscribedAnswer(created, view, service, origin), 201, {
        location: `/api/v1/buyer/subscriptions/${view.id}`,
      });
    },
  },
  { readable: false },
);
