/** JSON of prices through time, previews, invitations and price lists: snake_case, money as decimal strings. */
import { z } from 'zod';
import type {
  DatedPrice,
  InvitationView,
  OpenInvitation,
  PreviewOutcome,
  WorkedExample,
} from '../domain/plans/index.ts';
import { toDecimal } from '../lib/money.ts';
import { pricingAnswer } from './seller-api-format.ts';

export const invitationBody = z.strictObject({ email: z.string() });
export const acceptInvitationBody = z.strictObject({ token: z.string().max(200) });
export const priceListBody = z.strictObject({
  list: z.string(),
  models: z.array(z.string()).optional(),
  markup_percent: z.string().optional(),
  effective_from: z.iso.datetime({ offset: true }).optional(),
  replaces_upcoming: z.boolean().optional(),
});

export function versionAnswer(price: DatedPrice) {
  return {
    version: price.version,
    currency: price.currency,
    effective_from: price.effectiveFrom,
    upcoming: price.isUpcoming,
    ...pricingAnswer(price),
  };
}

export function invitationAnswer(invitation: InvitationView & { acceptedBy?: string | null }) {
  return {
    id: invitation.id,
    plan_id: invitation.planId,
    email: invitation.email,
    status: invitation.status,
    accepted_by: invitation.acceptedBy ?? null,
    expires_at: invitation.expiresAt,
    created_at: invitation.createdAt,
    accepted_at: invitation.acceptedAt,
  };
}

export function acceptedAnswer(invitation: OpenInvitation) {
  return {
    plan: { id: invitation.planId, name: invitation.planName },
    api: { slug: invitation.serviceSlug, name: invitation.serviceName },
    seller: invitation.sellerName,
    state: invitation.state === 'yours' ? 'accepted' : invitation.state,
  };
}

export function previewAnswer(outcome: PreviewOutcome, example: WorkedExample) {
  return {
    example: {
      calls: example.calls,
      input_tokens: example.inputTokens,
      output_tokens: example.outputTokens,
      fee: toDecimal(example.feeNanos),
      lines: example.lines.map((line) => ({
        meter: line.meter,
        quantity: line.quantity,
        included: line.included,
        price_per_million: toDecimal(line.nanosPerMillion),
        amount: toDecimal(line.amountNanos),
      })),
      total: toDecimal(example.totalNanos),
      refused_calls: example.refusedCalls,
    },
    last_30_days:
      outcome.status === 'too_much'
        ? { status: outcome.status, max_calls: outcome.maxCalls }
        : {
            status: outcome.status,
            from: outcome.preview.from,
            to: outcome.preview.to,
            calls: outcome.preview.calls,
            buyers: outcome.preview.buyers,
            charged: toDecimal(outcome.preview.thenNanos),
            would_be: toDecimal(outcome.preview.nowNanos),
            buyers_pay_more: outcome.preview.paysMore,
            buyers_pay_less: outcome.preview.paysLess,
            buyers_stopped: outcome.preview.stoppedBuyers,
            calls_refused: outcome.preview.refusedCalls,
            calls_without_price: outcome.preview.unpricedCalls,
          },
  };
}
