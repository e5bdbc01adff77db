import { z } from 'zod';
import { LEDGER_PURPOSES } from '../../../db/schema/index.ts';

export const listEntriesSchema = z.strictObject({
  purpose: z.enum(LEDGER_PURPOSES),
  limit: z.number().int().min(1).max(200).default(50),
  /** Entry id; entries before it. */
  before: z.bigint().optional(),
});
export type ListEntriesInput = z.input<typeof listEntriesSchema>;
