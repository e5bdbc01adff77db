import { z } from 'zod';
import { NANOS_PER_CENT } from '../../lib/money.ts';
import { MAX_TOP_UP_NANOS, MIN_TOP_UP_NANOS } from '../payments/index.ts';

const cents = (min: bigint, max: bigint, minText: string, maxText: string) =>
  z
    .bigint()
    .refine((nanos) => nanos >= min, { message: 'too_small', params: { min: minText } })
    .refine((nanos) => nanos <= max, { message: 'too_big', params: { max: maxText } })
    .refine((nanos) => nanos % NANOS_PER_CENT === 0n, 'too_many_decimals');

export const configureAutoTopUpSchema = z
  .strictObject({
    enabled: z.boolean(),
    /** A balance below this is topped up. */
    thresholdNanos: cents(NANOS_PER_CENT, MAX_TOP_UP_NANOS, '0.01', '10000.00'),
    /** By this much, each time. */
    amountNanos: cents(MIN_TOP_UP_NANOS, MAX_TOP_UP_NANOS, '1.00', '10000.00'),
    /** At most this in a calendar month of the organization; null: no such limit. */
    monthlyLimitNanos: cents(MIN_TOP_UP_NANOS, 100n * MAX_TOP_UP_NANOS, '1.00', '1000000.00').nullable(),
  })
  .superRefine(({ amountNanos, monthlyLimitNanos }, refinement) => {
    if (monthlyLimitNanos === null || monthlyLimitNanos >= amountNanos) return;
    refinement.addIssue({ code: 'custom', path: ['monthlyLimitNanos'], message: 'below_amount' });
  });
export type ConfigureAutoTopUpInput = z.input<typeof configureAutoTopUpSchema>;
