import { z } from 'zod';
import { isTimeZone } from '../../lib/time-zone.ts';
import { MAX_RETENTION_DAYS } from '../conversations/schemas.ts';

const MAX_NAME_CHARS = 80;

export const timeZoneSchema = z.string().refine(isTimeZone, 'invalid_choice');

export const organizationNameSchema = z.string().trim().min(1).max(MAX_NAME_CHARS);

export const createOrganizationSchema = z
  .object({
    name: organizationNameSchema,
    ownerId: z.string(),
    /** Text the slug is made from. */
    slugFrom: z.string(),
    isSeller: z.boolean().default(false),
    timeZone: timeZoneSchema.default('UTC'),
  })
  .strict();

export type CreateOrganizationInput = z.input<typeof createOrganizationSchema>;

export const updateOrganizationSchema = z
  .object({
    name: organizationNameSchema.optional(),
    timeZone: timeZoneSchema.optional(),
    /** Null: conversations are not remembered, and what was is forgotten. */
    conversationRetentionDays: z.number().int().min(1).max(MAX_RETENTION_DAYS).nullable().optional(),
  })
  .strict();

export type UpdateOrganizationInput = z.input<typeof updateOrganizationSchema>;
