import { z } from 'zod';
import { LEDGER_PURPOSES } from '../../../db/schema/index.ts';

export const listEntriesSchema = z.strictObject({
  purpose: z.enum(LEDGER_PURPOSES),
  limit: z.number().int().min(1).max(200).default(50),
  /** Entry id; entries before it. */
  before: z.bigint().optional(),
});
export type ListEntriesInput = z.input<typeof listEntriesSchema>;

export const findTransactionsSchema = z.strictObject({
  /** Part of a transaction's reference, or its id. */
  reference: z.string().trim().max(200).optional(),
  /** Id, or part of the name, of an organization with an entry in it. */
  organization: z.string().trim().max(200).optional(),
  limit: z.number().int().min(1).max(100).default(25),
  /** Transaction id; older ones. */
  before: z.string().max(64).optional(),
});
export type FindTransactionsInput = z.input<typeof findTransactionsSchema>;
