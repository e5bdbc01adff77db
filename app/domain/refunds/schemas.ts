import { z } from 'zod';

export const refundCallSchema = z.strictObject({
  /** The buyer. */
  organizationId: z.string().max(64),
  requestId: z.string().max(64),
  /** All of the charge unless said otherwise. */
  amountNanos: z.bigint().positive('invalid').optional(),
  reason: z.string().trim().min(1).max(2_000),
  disputeId: z.string().max(64).optional(),
  /** User id, or `system:<job>`. */
  createdBy: z.string().min(1).max(128),
});
export type RefundCallInput = z.input<typeof refundCallSchema>;

export const listRefundsSchema = z.strictObject({
  /** Refunds one got, or those one's services gave. */
  perspective: z.enum(['buyer', 'seller']),
  limit: z.number().int().min(1).max(200).default(50),
  /** Refund id; older ones. */
  before: z.string().max(64).optional(),
});
export type ListRefundsInput = z.input<typeof listRefundsSchema>;
