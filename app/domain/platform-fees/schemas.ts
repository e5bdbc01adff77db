import { z } from 'zod';

/** Percent with at most two decimals, as text: `12.5`. */
const PERCENT = /^(?:100(?:\.0{1,2})?|\d{1,2}(?:\.\d{1,2})?)$/;
const YEARS_AHEAD_MS = 5 * 366 * 86_400_000;

export const schedulePlatformFeeSchema = z.strictObject({
  percent: z
    .string()
    .trim()
    .regex(PERCENT, 'invalid')
    .transform((text) => {
      const [whole = '0', fraction = ''] = text.split('.');
      return Number.parseInt(whole, 10) * 100 + Number.parseInt(fraction.padEnd(2, '0'), 10);
    }),
  effectiveFrom: z.date(),
});
export type SchedulePlatformFeeInput = z.input<typeof schedulePlatformFeeSchema>;

/** A fee further ahead than this is a mistyped year. */
export const isTooFarAhead = (moment: Date, now: number): boolean => moment.getTime() - now > YEARS_AHEAD_MS;

/** `2026-12-01T00:00`, as a browser's `datetime-local` sends it; UTC. */
const MINUTE = /^20\d{2}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/;

export const platformFeeFormSchema = z
  .object({
    percent: z.string().trim().regex(PERCENT, 'invalid'),
    effectiveFrom: z
      .string()
      .regex(MINUTE, 'invalid')
      .transform((text) => new Date(`${text}Z`))
      .refine((moment) => !Number.isNaN(moment.getTime()), 'invalid'),
  })
  .strip();
