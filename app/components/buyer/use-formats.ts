import { formatMoney } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';

/** Formats as text, for values inside translated sentences; alone they have components of their own. */
export function useFormats() {
  const { locale, timeZone, currency } = useViewerPreferences();
  return {
    money: (nanos: bigint) => formatMoney(nanos, currency, locale),
    number: (value: number) => new Intl.NumberFormat(locale).format(value),
    percent: (share: number) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(share),
    ms: (value: number) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: 'millisecond',
        unitDisplay: 'short',
        maximumFractionDigits: 0,
      }).format(value),
    date: (moment: Date) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(moment),
    day: (day: string) =>
      new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
        new Date(`${day}T00:00:00Z`),
      ),
    dateTime: (moment: Date) =>
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(moment),
  };
}
