/** A day in a form stands for its end: the first moment of the next one, in the reader's zone. */
import { addDays, startOfDay } from '../lib/time.ts';

export function endOfDay(day: string | undefined, timeZone: string): Date | null {
  return day ? startOfDay(addDays(day, 1), timeZone) : null;
}
