import { z } from 'zod';

export const KEY_NAME_MAX = 64;

/** What a buyer calls a key; shown in lists, no secret. */
export const keyNameSchema = z.string().trim().min(1).max(KEY_NAME_MAX);

export const createKeySchema = z.strictObject({
  name: keyNameSchema,
  /** Null: every subscription of the organization, also later ones. */
  subscriptionId: z.string().min(1).max(64).nullish(),
  /** Null: never. */
  expiresAt: z.date().nullish(),
});

export type CreateKeyInput = z.input<typeof createKeySchema>;

export const keyIdSchema = z.strictObject({ keyId: z.string().min(1).max(64) });
