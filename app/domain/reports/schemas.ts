import { z } from 'zod';
import { MAX_RANGE_DAYS, timeZoneSchema } from '../usage/index.ts';

export const PERSPECTIVES = ['buyer', 'seller', 'admin'] as const;
export type Perspective = (typeof PERSPECTIVES)[number];

export const GRANULARITIES = ['hour', 'day', 'week', 'month'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export const GROUPINGS = ['none', 'service', 'plan', 'key', 'model', 'buyer', 'seller'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Sellers see nobody's keys. */
export const GROUPINGS_OF: Record<Perspective, readonly Grouping[]> = {
  buyer: ['none', 'service', 'plan', 'key', 'model', 'seller'],
  seller: ['none', 'service', 'plan', 'model', 'buyer'],
  admin: ['none', 'service', 'plan', 'model', 'buyer', 'seller'],
};

/** Longest range that is told by the hour. */
export const MAX_HOURLY_DAYS = 31;
/** More rows than this are for a coarser granularity. */
export const MAX_REPORT_ROWS = 20_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A day more or less has 23 or 25 hours. */
const isWithin = (days: number) => (range: { from: Date; to: Date }) =>
  range.to.getTime() - range.from.getTime() <= days * DAY_MS + HOUR_MS;

export const reportSchema = z
  .strictObject({
    perspective: z.enum(PERSPECTIVES),
    /** Half-open: from ≤ event < to. */
    from: z.date(),
    to: z.date(),
    timeZone: timeZoneSchema,
    granularity: z.enum(GRANULARITIES).default('day'),
    groupBy: z.enum(GROUPINGS).default('none'),
    /** Id or slug. */
    service: z.string().max(64).optional(),
    keyId: z.string().max(64).optional(),
    model: z.string().max(200).optional(),
  })
  .refine((range) => range.from < range.to, { path: ['to'], message: 'invalid' })
  .refine(isWithin(MAX_RANGE_DAYS), { path: ['from'], message: 'too_big', params: { max: MAX_RANGE_DAYS } })
  .refine((range) => range.granularity !== 'hour' || isWithin(MAX_HOURLY_DAYS)(range), {
    path: ['granularity'],
    message: 'too_big',
    params: { max: MAX_HOURLY_DAYS },
  })
  .refine(({ perspective, groupBy }) => GROUPINGS_OF[perspective].includes(groupBy), {
    path: ['groupBy'],
    message: 'invalid_choice',
  })
  .refine(({ perspective, keyId }) => perspective === 'buyer' || keyId === undefined, {
    path: ['keyId'],
    message: 'unknown_field',
  });

export type ReportInput = z.input<typeof reportSchema>;
export type ReportQuery = z.infer<typeof reportSchema>;
