import { z } from 'zod';
import { isCustomPath, isReservedPath, MAX_PATH_CHARS } from '../../lib/reserved-paths.ts';
import { STREAMING_MODES } from '../../lib/service-options.ts';
import { modelIdSchema } from '../plans/index.ts';

const endpointShape = {
  /** With or without the leading slash; stored without. */
  path: z
    .string()
    .trim()
    .min(1)
    .max(MAX_PATH_CHARS + 1)
    .transform((path) => path.replace(/^\//, ''))
    .refine(isCustomPath, 'invalid_path')
    .refine((path) => !isReservedPath(path), 'reserved'),
  /** Id or slug. */
  service: z.string().trim().min(1).max(64),
  systemPrompt: z.string().trim().max(20_000),
  /** For calls that name none. */
  defaultModel: modelIdSchema.nullable(),
  streaming: z.enum(STREAMING_MODES),
  status: z.enum(['active', 'disabled']),
};

const changes = z.strictObject(endpointShape).partial().shape;

export const createEndpointSchema = z.strictObject({
  ...changes,
  path: endpointShape.path,
  service: endpointShape.service,
});

/** Absent fields stay as they are. */
export const updateEndpointSchema = z.strictObject({ ...changes, endpointId: z.string().max(64) });

export type CreateEndpointInput = z.input<typeof createEndpointSchema>;
export type UpdateEndpointInput = z.input<typeof updateEndpointSchema>;
