import { z } from 'zod';
import { wholeNumber } from '../../lib/whole-number.ts';
import { checkPlacement, credentialSchema, placementShape, secretSchema } from '../services/index.ts';

export const MAX_BATCH_LINES = 500;
/** Of one upstream. */
export const MAX_CREDENTIALS = 1_000;
const MAX_LINE_CHARS = 8_192;

const ceiling = wholeNumber(1, 1_000_000_000).nullable();

const poolShape = {
  label: z.string().trim().max(60),
  /** Share of calls among the credentials of an upstream. */
  weight: wholeNumber(1, 1_000),
  /** Ceilings that the upstream sets this credential; null: none. */
  requestsPerMinute: ceiling,
  requestsPerDay: ceiling,
  maxConcurrency: ceiling,
};
const pool = z.strictObject(poolShape).partial().shape;

export const addCredentialSchema = z
  .strictObject({ ...pool, upstreamId: z.string().max(64), credential: credentialSchema })
  .superRefine(({ credential }, check) => {
    if (credential.placement !== 'none' && !credential.secret) {
      check.addIssue({ code: 'custom', path: ['credential', 'secret'], message: 'required' });
    }
  });

/** One secret a line; blank lines do not count. */
export const addCredentialsSchema = z
  .strictObject({
    ...pool,
    ...placementShape,
    upstreamId: z.string().max(64),
    secrets: z
      .string()
      .max(MAX_BATCH_LINES * MAX_LINE_CHARS)
      .refine((text) => linesOf(text).length > 0, 'required')
      .refine((text) => linesOf(text).length <= MAX_BATCH_LINES, {
        message: 'too_many_lines',
        params: { max: MAX_BATCH_LINES },
      }),
  })
  .superRefine((input, check) => {
    checkPlacement(input, check);
    if (input.placement === 'none') {
      check.addIssue({ code: 'custom', path: ['placement'], message: 'invalid_choice' });
    }
  });

/** Absent fields stay; a secret takes the place of the stored one. */
export const updateCredentialSchema = z.strictObject({
  ...pool,
  credentialId: z.string().max(64),
  status: z.enum(['active', 'disabled']).optional(),
  secret: secretSchema.optional(),
});

/** The lines of a batch that are not blank, with their numbers from 1. */
export function linesOf(text: string): { line: number; text: string }[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
}

export type AddCredentialInput = z.input<typeof addCredentialSchema>;
export type AddCredentialsInput = z.input<typeof addCredentialsSchema>;
export type UpdateCredentialInput = z.input<typeof updateCredentialSchema>;
