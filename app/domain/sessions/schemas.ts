import { z } from 'zod';

/** 256 random bits in base64url. */
export const sessionTokenSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'invalid');

export const createSessionSchema = z
  .object({
    userId: z.string(),
    /** The token this browser had before; its session ends (rotation at log-in). */
    replacesToken: z.string().nullish(),
    userAgent: z.string().nullish(),
  })
  .strict();

export const revokeSessionSchema = z.union([
  z.object({ token: z.string() }).strict(),
  z.object({ sessionId: z.string().max(64) }).strict(),
]);

export const revokeUserSessionsSchema = z
  .object({ userId: z.string(), exceptSessionId: z.string().optional() })
  .strict();

export const switchOrganizationSchema = z
  .object({ token: sessionTokenSchema, organizationId: z.string().max(64) })
  .strict();
