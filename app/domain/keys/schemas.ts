import { z } from 'zod';
import { parseAddressRange } from '../../lib/address-range.ts';
import { KEY_PERMISSIONS, ROTATION_GRACE_HOURS } from '../../lib/service-options.ts';

export const KEY_NAME_MAX = 64;

const MAX_LIST = 100;
const MAX_PATTERN_CHARS = 256;
const MAX_ROUTES = 50;
/** Fits the database's integer; nobody is limited by it. */
const MAX_LIMIT = 1_000_000_000;

/** What a buyer calls a key; shown in lists, no secret. */
export const keyNameSchema = z.string().trim().min(1).max(KEY_NAME_MAX);

/** A model name, or several of them: `*` stands for any characters. */
const modelPattern = z
  .string()
  .trim()
  .min(1)
  .max(MAX_PATTERN_CHARS)
  .regex(/^[^\s\p{Cc}]+$/u, 'invalid');

const addressRange = z.string().transform((text, issues) => {
  const range = parseAddressRange(text);
  if (range !== null) return range;
  issues.addIssue({ code: 'custom', message: 'invalid_address_range' });
  return z.NEVER;
});

const limit = z.number().int().min(1).max(MAX_LIMIT).nullish();

const distinct = <Item>(items: Item[]): Item[] => [...new Set(items)];

/** What a key may do; all of it optional, and left out means "as it is", or no restriction. */
const restrictions = {
  permissions: z.array(z.enum(KEY_PERMISSIONS)).min(1).transform(distinct).optional(),
  /** Ids or slugs of services; none: everything the organization is subscribed to. */
  allowedServiceIds: z.array(z.string().min(1).max(100)).max(MAX_LIST).transform(distinct).optional(),
  allowedModels: z.array(modelPattern).max(MAX_LIST).transform(distinct).optional(),
  allowedAddresses: z.array(addressRange).max(MAX_LIST).transform(distinct).optional(),
  /** Null: the plan's. */
  requestsPerMinute: limit,
  requestsPerDay: limit,
  tokensPerMinute: limit,
  tokensPerDay: limit,
  maxConcurrency: limit,
  modelRoutes: z
    .array(
      z.strictObject({
        pattern: modelPattern,
        target: modelPattern,
        priority: z.number().int().min(0).max(1_000).default(0),
      }),
    )
    .max(MAX_ROUTES)
    .optional(),
  /** Null: never. */
  expiresAt: z.date().nullish(),
};

export const createKeySchema = z.strictObject({
  name: keyNameSchema,
  /** Null: every subscription of the organization, also later ones. */
  subscriptionId: z.string().min(1).max(64).nullish(),
  ...restrictions,
});

export type CreateKeyInput = z.input<typeof createKeySchema>;

const keyId = z.string().min(1).max(64);

export const keyIdSchema = z.strictObject({ keyId });

export const updateKeySchema = z.strictObject({
  keyId,
  name: keyNameSchema.optional(),
  /** `disabled` can be taken back; revoking cannot. */
  status: z.enum(['active', 'disabled']).optional(),
  ...restrictions,
});

export type UpdateKeyInput = z.input<typeof updateKeySchema>;

export const rotateKeySchema = z.strictObject({
  keyId,
  graceHours: z.union(ROTATION_GRACE_HOURS.map((hours) => z.literal(hours))).default(0),
});

export type RotateKeyInput = z.input<typeof rotateKeySchema>;

export const issuePlaygroundKeySchema = z.strictObject({ subscriptionId: z.string().min(1).max(64) });
