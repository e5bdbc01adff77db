import type { ReportValue } from '../../http/report-columns.ts';
import { Money, Num } from '../ui/format.tsx';

/** A count or an amount of a report; a dash where nothing was measured. */
export function Value({ value, currency }: { value: ReportValue | undefined; currency: string }) {
  if (value === undefined) return null;
  if ('nanos' in value) return <Money nanos={value.nanos} currency={currency} />;
  return value.count === null ? '–' : <Num value={value.count} />;
}
