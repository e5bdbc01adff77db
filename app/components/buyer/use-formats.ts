import { formatMoney } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { dateTimeFormat, numberFormat } from '../../lib/intl.ts';

/** Formats as text, for values inside translated sentences; alone they have components of their own. */
export function useFormats() {
  const { locale, timeZone, currency } = useViewerPreferences();
  return {
    money: (nanos: bigint) => formatMoney(nanos, currency, locale),
    number: (value: number) => numberFormat(locale).format(value),
    percent: (share: number) =>
      numberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(share),
    ms: (value: number) =>
      numberFormat(locale, {
        style: 'unit',
        unit: 'millisecond',
        unitDisplay: 'short',
        maximumFractionDigits: 0,
      }).format(value),
    date: (moment: Date) => dateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(moment),
    day: (day: string) =>
      dateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
        new Date(`${day}T00:00:00Z`),
      ),
    dateTime: (moment: Date) =>
      dateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(moment),
  };
}
