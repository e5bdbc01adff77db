import { z } from 'zod';
import { isTimeZone } from '../../lib/time-zone.ts';

export { isTimeZone };

/** Longest range a report covers; longer ones are asked for in parts. */
export const MAX_RANGE_DAYS = 400;
const DAY_MS = 86_400_000;

export const timeZoneSchema = z.string().max(64).refine(isTimeZone, 'invalid_choice');

/** Whose calls: those an organization made, or those made to its services. */
export const perspectiveSchema = z.enum(['buyer', 'seller']);

export const usageReportSchema = z
  .strictObject({
    perspective: perspectiveSchema,
    /** Half-open: from ≤ event < to. Cut to whole 15-minute buckets. */
    from: z.date(),
    to: z.date(),
    timeZone: timeZoneSchema,
    serviceId: z.string().max(64).optional(),
    keyId: z.string().max(64).optional(),
  })
  .refine((range) => range.from < range.to, { path: ['to'], message: 'invalid' })
  .refine((range) => range.to.getTime() - range.from.getTime() <= MAX_RANGE_DAYS * DAY_MS, {
    path: ['from'],
    message: 'too_big',
  });

export type UsageReportInput = z.infer<typeof usageReportSchema>;

export const listCallsSchema = z.strictObject({
  perspective: perspectiveSchema,
  limit: z.number().int().min(1).max(200).default(50),
  /** Request id; calls before it. */
  before: z.string().max(64).optional(),
  serviceId: z.string().max(64).optional(),
});

export type ListCallsInput = z.input<typeof listCallsSchema>;

export const getCallSchema = z.strictObject({
  perspective: perspectiveSchema,
  requestId: z.string().min(1).max(64),
});

export type GetCallInput = z.input<typeof getCallSchema>;

/** Half-open; widened to whole 15-minute buckets. Nothing: what may have changed since the last time. */
export const rollUpRangeSchema = z
  .strictObject({ from: z.date().optional(), to: z.date().optional() })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), {
    path: ['to'],
    message: 'required',
  })
  .refine(({ from, to }) => !from || !to || from < to, { path: ['to'], message: 'invalid' });

export type RollUpRange = z.infer<typeof rollUpRangeSchema>;
