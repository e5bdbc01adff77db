import { z } from 'zod';
import { wholeNumber } from '../../lib/whole-number.ts';
import { ABANDON_POLICIES } from '../../lib/service-options.ts';
import { moneySchema } from '../plans/index.ts';
import {
  baseUrlSchema,
  credentialSchema,
  llmDialectSchema,
  upstreamModelsSchema,
} from '../services/index.ts';

/** A million tokens at this cost still fit the column. */
const MAX_COST_NANOS = 100_000n * 1_000_000_000n;
const DAY_MS = 86_400_000;

const upstreamShape = {
  name: z.string().trim().max(60),
  baseUrl: baseUrlSchema,
  /** Of an LLM service; others have none. */
  dialect: llmDialectSchema,
  /** Empty: every model. */
  models: upstreamModelsSchema,
  /** Lower goes first. */
  priority: wholeNumber(0, 1_000),
  /** Share of calls among upstreams of one priority. */
  weight: wholeNumber(1, 1_000),
  region: z
    .string()
    .trim()
    .max(40)
    .regex(/^[\w-]*$/, 'invalid')
    .nullable(),
  connectTimeoutMs: wholeNumber(100, 60_000),
  firstByteTimeoutMs: wholeNumber(100, 600_000),
  idleTimeoutMs: wholeNumber(100, 600_000),
  totalTimeoutMs: wholeNumber(1_000, DAY_MS),
  /** Further tries on another credential or upstream. */
  maxRetries: wholeNumber(0, 5),
  /** Null: no ceiling. */
  maxConcurrency: wholeNumber(1, 100_000).nullable(),
  abandonPolicy: z.enum(ABANDON_POLICIES),
  /** What a million tokens cost the seller, for least-cost routing; a decimal string. */
  costPerMillion: moneySchema({ min: 0n, max: MAX_COST_NANOS }).nullable(),
  /** `api-version` of an Azure upstream. */
  apiVersion: z
    .string()
    .trim()
    .max(40)
    .regex(/^[\w.-]*$/, 'invalid')
    .nullable(),
  egressPoolId: z.string().max(64).nullable(),
  status: z.enum(['active', 'disabled']),
};

const changes = z.strictObject(upstreamShape).partial().shape;

export const createUpstreamSchema = z
  .strictObject({
    ...changes,
    serviceId: z.string().max(64),
    baseUrl: upstreamShape.baseUrl,
    credential: credentialSchema.default({ placement: 'none' }),
  })
  .superRefine(({ credential }, check) => {
    if (credential.placement !== 'none' && !credential.secret) {
      check.addIssue({ code: 'custom', path: ['credential', 'secret'], message: 'required' });
    }
  });

/** Absent fields stay as they are. `credential` is needed when the origin changes. */
export const updateUpstreamSchema = z.strictObject({
  ...changes,
  upstreamId: z.string().max(64),
  credential: credentialSchema.optional(),
});

export type CreateUpstreamInput = z.input<typeof createUpstreamSchema>;
export type UpdateUpstreamInput = z.input<typeof updateUpstreamSchema>;
