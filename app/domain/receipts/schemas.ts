import { z } from 'zod';

export const getReceiptSchema = z.strictObject({ requestId: z.string().min(1).max(64) });
export type GetReceiptInput = z.input<typeof getReceiptSchema>;

/** Receipts of one export; longer chains are paged on by `after`. */
export const MAX_RECEIPTS = 10_000;

export const listReceiptsSchema = z.strictObject({
  /** Whose: calls the organization made, or calls to its services. */
  perspective: z.enum(['buyer', 'seller']).default('buyer'),
  keyId: z.string().min(1).max(64).optional(),
  /** Of calls from then on. */
  from: z.date().optional(),
  to: z.date().optional(),
  /** Sequence in the key's chain; receipts after it. */
  after: z.number().int().min(0).optional(),
  limit: z.number().int().min(1).max(MAX_RECEIPTS).default(MAX_RECEIPTS),
});
export type ListReceiptsInput = z.input<typeof listReceiptsSchema>;
