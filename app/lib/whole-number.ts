/** Whole numbers in what comes from outside. */
import { z } from 'zod';

const DIGITS = /^\s*-?\d{1,15}\s*$/;

/**
 * A whole number, of JSON or written in digits in a form. Nothing else that JavaScript would turn into one:
 * no `0x10`, `1e3`, `true`, null or empty text.
 */
export function wholeNumber(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && DIGITS.test(value) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
}
