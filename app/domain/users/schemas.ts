import { z } from 'zod';
import { timeZoneSchema } from '../organizations/index.ts';
import { MAX_PASSWORD_CHARS, newPasswordSchema } from './password-policy.ts';

/** Names that would look as if the platform itself spoke. */
const RESERVED_USERNAMES = new Set([
  ...['admin', 'administrator', 'root', 'system', 'tollgate', 'support', 'help', 'security', 'staff'],
  ...['official', 'moderator', 'billing', 'payments', 'abuse', 'postmaster', 'webmaster', 'hostmaster'],
  ...['noreply', 'no-reply', 'info', 'api', 'proxy', 'anonymous', 'null', 'undefined', 'me', 'everyone'],
]);

const MAX_EMAIL_CHARS = 254;
const MAX_DISPLAY_NAME_CHARS = 80;
const LOCALES = ['en', 'zh-CN', 'zh-TW', 'ja'] as const;

export const usernameSchema = z
  .string()
  .trim()
  .min(3)
  .max(39)
  .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'invalid_username');

export const emailSchema = z.string().trim().max(MAX_EMAIL_CHARS).pipe(z.email());
export const displayNameSchema = z.string().trim().min(1).max(MAX_DISPLAY_NAME_CHARS);
const localeSchema = z.enum(LOCALES);

export const registerUserSchema = z
  .object({
    username: usernameSchema.refine((name) => !RESERVED_USERNAMES.has(name.toLowerCase()), 'reserved'),
    password: newPasswordSchema,
    email: emailSchema.optional(),
    /** A seller's organization may sell at once; every organization may buy. */
    role: z.enum(['buyer', 'seller']).default('buyer'),
    displayName: displayNameSchema.optional(),
    locale: localeSchema.default('en'),
    timeZone: timeZoneSchema.default('UTC'),
  })
  .strict();

export type RegisterUserInput = z.input<typeof registerUserSchema>;

/** The form: the language comes from the request, and a browser's odd time zone stops nobody. */
export const registerFormSchema = registerUserSchema.omit({ locale: true }).extend({
  timeZone: timeZoneSchema.catch('UTC'),
  /** Where to go afterwards; checked by whoever redirects. */
  next: z.string().optional(),
});

export const verifyLoginSchema = z
  .object({
    /** Username or e-mail address, in any case. */
    login: z.string().trim().min(1).max(MAX_EMAIL_CHARS),
    password: z.string().min(1).max(MAX_PASSWORD_CHARS),
  })
  .strict();

export type VerifyLoginInput = z.input<typeof verifyLoginSchema>;

export const changePasswordSchema = z
  .object({ currentPassword: z.string().min(1).max(MAX_PASSWORD_CHARS), newPassword: newPasswordSchema })
  .strict();

export type ChangePasswordInput = z.input<typeof changePasswordSchema>;

export const updateProfileSchema = z
  .object({
    displayName: displayNameSchema.optional(),
    /** Null removes the address. */
    email: emailSchema.nullable().optional(),
    locale: localeSchema.optional(),
    timeZone: timeZoneSchema.optional(),
    theme: z.enum(['system', 'light', 'dark']).optional(),
  })
  .strict();

export type UpdateProfileInput = z.input<typeof updateProfileSchema>;

export const createAdministratorSchema = z
  .object({
    username: z
      .string()
      .trim()
      .min(2)
      .max(39)
      .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'invalid_username'),
    password: newPasswordSchema,
    mustChangePassword: z.boolean(),
  })
  .strict();

export type CreateAdministratorInput = z.input<typeof createAdministratorSchema>;

export const listUsersSchema = z
  .object({
    /** Part of a username, display name or e-mail address. */
    query: z.string().trim().max(100).optional(),
    page: z.coerce.number().int().min(1).max(100_000).catch(1).default(1),
  })
  .strict();

export type ListUsersInput = z.input<typeof listUsersSchema>;

export const moderateUserSchema = z
  .object({
    userId: z.string().min(1).max(64),
    reason: z.string().trim().max(500).optional(),
  })
  .strict();

export type ModerateUserInput = z.input<typeof moderateUserSchema>;
