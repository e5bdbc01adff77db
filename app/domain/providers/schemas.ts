import { z } from 'zod';
import { llmDialectSchema, secretSchema, upstreamModelsSchema } from '../services/index.ts';

const providerShape = {
  name: z.string(),
  baseUrl: z.string(),
  /** Put where the dialect expects it; null: none. */
  apiKey: secretSchema.nullable(),
  dialect: llmDialectSchema,
  models: upstreamModelsSchema,
  status: z.enum(['active', 'disabled']),
};

export const createProviderSchema = z.strictObject({
  name: providerShape.name,
  /** Absent: the public address of the dialect. */
  baseUrl: providerShape.baseUrl.optional(),
  apiKey: providerShape.apiKey.optional(),
  dialect: providerShape.dialect.default('openai-chat'),
  models: providerShape.models.default([]),
});

/** Absent fields stay as they are. */
export const updateProviderSchema = z.strictObject({
  ...z.strictObject(providerShape).partial().shape,
  providerId: z.string().max(64),
});

export type CreateProviderInput = z.input<typeof createProviderSchema>;
export type UpdateProviderInput = z.input<typeof updateProviderSchema>;
