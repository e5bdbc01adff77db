import { z } from 'zod';
import { DISPUTE_REASONS, DISPUTE_STATUSES } from '../../../db/schema/index.ts';

/** Calls older than this cannot be disputed any more. */
export const DISPUTE_WINDOW_DAYS = 60;
/** Calls of one dispute. */
export const MAX_DISPUTED_CALLS = 500;
/** A seller has this long to answer. */
export const ANSWER_DAYS = 7;
const MAX_TEXT = 2_000;

const id = z.string().min(1).max(64);
const text = z.string().trim().max(MAX_TEXT);

export const openDisputeSchema = z
  .strictObject({
    /** Single calls of one service … */
    requestIds: z.array(id).min(1).max(MAX_DISPUTED_CALLS).optional(),
    /** … or all charged calls of a service in a half-open range. */
    serviceId: id.optional(),
    from: z.date().optional(),
    to: z.date().optional(),
    reason: z.enum(DISPUTE_REASONS),
    description: text.default(''),
  })
  .superRefine((input, check) => {
    const issue = (field: string, message: string) =>
      check.addIssue({ code: 'custom', path: [field], message });
    if (input.requestIds) {
      for (const field of ['serviceId', 'from', 'to'] as const) {
        if (input[field] !== undefined) issue(field, 'unknown_field');
      }
    } else {
      for (const field of ['serviceId', 'from', 'to'] as const) {
        if (input[field] === undefined) issue(field, 'required');
      }
      if (input.from && input.to && input.from >= input.to) issue('to', 'invalid');
    }
    if (input.reason === 'other' && input.description === '') issue('description', 'required');
  });
export type OpenDisputeInput = z.input<typeof openDisputeSchema>;

export const answerDisputeSchema = z.discriminatedUnion('answer', [
  z.strictObject({ disputeId: id, answer: z.literal('accept'), text: text.default('') }),
  z.strictObject({ disputeId: id, answer: z.literal('contest'), text: text.min(1) }),
]);
export type AnswerDisputeInput = z.input<typeof answerDisputeSchema>;

export const decideDisputeSchema = z.strictObject({
  disputeId: id,
  decision: z.enum(['refund', 'reject']),
  /** Only these of its calls; absent: all that are left. */
  requestIds: z.array(id).min(1).max(MAX_DISPUTED_CALLS).optional(),
  /** What both parties read. */
  note: text.min(1),
});
export type DecideDisputeInput = z.input<typeof decideDisputeSchema>;

/** Whose disputes: those a buyer opened, those about a seller's services, or everybody's. */
export const disputePerspectiveSchema = z.enum(['buyer', 'seller', 'admin']);
export type DisputePerspective = z.infer<typeof disputePerspectiveSchema>;

export const listDisputesSchema = z.strictObject({
  perspective: disputePerspectiveSchema,
  status: z.enum(DISPUTE_STATUSES).optional(),
  page: z.number().int().min(1).max(10_000).default(1),
  limit: z.number().int().min(1).max(200).default(25),
});
export type ListDisputesInput = z.input<typeof listDisputesSchema>;

export const getDisputeSchema = z.strictObject({ perspective: disputePerspectiveSchema, disputeId: id });
export type GetDisputeInput = z.input<typeof getDisputeSchema>;
