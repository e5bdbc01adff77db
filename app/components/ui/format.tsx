/** Numbers, money and times in the viewer's language and zone; the same on the server and in the browser. */
import { formatMoney } from '../../lib/money.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { dateTimeFormat, numberFormat } from '../../lib/intl.ts';

/** An exact amount; small prices keep all their decimals. */
export function Money({ nanos, currency }: { nanos: bigint; currency?: string }) {
  const preferences = useViewerPreferences();
  return (
    <span className="tnum whitespace-nowrap">
      {formatMoney(nanos, currency ?? preferences.currency, preferences.locale)}
    </span>
  );
}

export interface DateTimeProps {
  value: Date | string;
  dateStyle?: 'full' | 'long' | 'medium' | 'short';
  /** Null leaves the time of day out. */
  timeStyle?: 'full' | 'long' | 'medium' | 'short' | null;
}

/** A moment in the viewer's time zone; hovering names the zone. */
export function DateTime({ value, dateStyle = 'medium', timeStyle = 'short' }: DateTimeProps) {
  const { locale, timeZone } = useViewerPreferences();
  const moment = typeof value === 'string' ? new Date(value) : value;
  if (Number.isNaN(moment.getTime())) return null;
  const format = dateTimeFormat(locale, {
    dateStyle,
    ...(timeStyle && { timeStyle }),
    timeZone,
  });
  return (
    // Node and browsers may differ in the kind of space they put before "PM".
    <time
      dateTime={moment.toISOString()}
      title={`${moment.toISOString()} (${timeZone})`}
      className="tnum whitespace-nowrap"
      suppressHydrationWarning
    >
      {format.format(moment)}
    </time>
  );
}

/** A calendar day (`2026-11-21`) as it is, in no time zone. */
export function Day({ value }: { value: string }) {
  const { locale } = useViewerPreferences();
  const format = dateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  return (
    <time dateTime={value} className="tnum whitespace-nowrap" suppressHydrationWarning>
      {format.format(new Date(`${value}T00:00:00Z`))}
    </time>
  );
}

export interface NumProps {
  value: number | bigint;
  maximumFractionDigits?: number;
}

export function Num({ value, maximumFractionDigits = 2 }: NumProps) {
  const { locale } = useViewerPreferences();
  return (
    <span className="tnum whitespace-nowrap">
      {numberFormat(locale, { maximumFractionDigits }).format(value)}
    </span>
  );
}

/** A share between 0 and 1 as per cent. */
export function Percent({ value }: { value: number }) {
  const { locale } = useViewerPreferences();
  return (
    <span className="tnum whitespace-nowrap">
      {numberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(value)}
    </span>
  );
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Decimal units: 1 kB is 1000 bytes. */
export function Bytes({ value }: { value: number }) {
  const { locale } = useViewerPreferences();
  const power = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const format = numberFormat(locale, {
    style: 'unit',
    unit: BYTE_UNITS[power] ?? 'byte',
    // Short, a byte has no plural.
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 ? 0 : 1,
  });
  return <span className="tnum whitespace-nowrap">{format.format(value / 1000 ** power)}</span>;
}

/** A duration in milliseconds; from a second on in seconds. */
export function Ms({ value }: { value: number }) {
  const { locale } = useViewerPreferences();
  const inSeconds = value >= 1000;
  const format = numberFormat(locale, {
    style: 'unit',
    unit: inSeconds ? 'second' : 'millisecond',
    unitDisplay: 'short',
    maximumFractionDigits: inSeconds ? 2 : value < 10 ? 1 : 0,
  });
  return <span className="tnum whitespace-nowrap">{format.format(inSeconds ? value / 1000 : value)}</span>;
}
