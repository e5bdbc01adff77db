import { z } from 'zod';

/** A header line: no breaks, or the rest of it would become headers of its own. */
const headerLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\r\n]*$/, 'invalid');

export const queueMailSchema = z.strictObject({
  to: z.email().max(254),
  subject: headerLine(200),
  text: z.string().min(1).max(20_000),
  locale: z.string().max(16),
});
export type QueueMailInput = z.infer<typeof queueMailSchema>;

export const listMailsSchema = z.strictObject({
  limit: z.number().int().min(1).max(200).default(50),
  /** Mail id; mails before it. */
  before: z.string().max(64).optional(),
});
export type ListMailsInput = z.input<typeof listMailsSchema>;
