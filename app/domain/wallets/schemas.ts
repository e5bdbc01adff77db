import { z } from 'zod';

/** How far back a statement can go at once. */
export const STATEMENT_DAYS = [30, 90, 365] as const;

export const walletMovementsSchema = z.strictObject({
  days: z.union(STATEMENT_DAYS.map((days) => z.literal(days))).default(30),
  timeZone: z.string().max(64).default('UTC'),
});
export type WalletMovementsInput = z.input<typeof walletMovementsSchema>;
