import { useTranslation } from 'react-i18next';
import type { Earnings } from '../../domain/earnings/index.ts';
import { formatMoney } from '../../lib/money.ts';
import { Day } from '../ui/format.tsx';
import { earningsColumns } from './earnings-columns.tsx';
import { Table } from '../ui/table.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { dateTimeFormat } from '../../lib/intl.ts';

// Pixels as bigint, so that no amount ever becomes a float.
const HEIGHT = 160n;
/** A day with any earnings is seen. */
const LEAST = 2n;
const SLOT = 20;

/** Net earnings per day as bars, and the same numbers as a table. Drawn on the server: no script needed. */
export function EarningsChart({ days, currency }: Pick<Earnings, 'days' | 'currency'>) {
  const { t } = useTranslation('seller');
  const { locale } = useViewerPreferences();
  const highest = days.reduce((max, day) => (day.netNanos > max ? day.netNanos : max), 1n);
  const heightOf = (nanos: bigint): bigint =>
    nanos <= 0n ? 0n : (nanos * (HEIGHT - LEAST)) / highest + LEAST;
  const format = dateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const label = (day: string) => format.format(new Date(`${day}T00:00:00Z`));
  const width = days.length * SLOT;
  return (
    <figure className="min-w-0" aria-label={t('earnings.perDay')}>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('earnings.chartLabel')}
        className="text-brand block h-44 w-full"
      >
        <line x1="0" x2={width} y1={`${HEIGHT}`} y2={`${HEIGHT}`} className="stroke-line" strokeWidth="2" />
        {days.map(({ day, netNanos }, index) => (
          <rect
            key={day}
            x={index * SLOT + 3}
            width={SLOT - 6}
            y={`${HEIGHT - heightOf(netNanos)}`}
            height={`${heightOf(netNanos)}`}
            fill="currentColor"
          >
            <title>{`${label(day)}: ${formatMoney(netNanos, currency, locale)}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption className="text-muted mt-2 flex justify-between text-xs">
        <span>{days[0] && <Day value={days[0].day} />}</span>
        <span>{days.length > 0 && <Day value={days.at(-1)!.day} />}</span>
      </figcaption>
      <details className="mt-3">
        <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
          {t('earnings.showTable')}
        </summary>
        <Table
          caption={t('earnings.perDay')}
          rows={[...days].reverse()}
          rowKey={(row) => row.day}
          columns={[
            { key: 'day', header: t('earnings.day'), render: (row) => <Day value={row.day} /> },
            ...earningsColumns(t, currency),
          ]}
        />
      </details>
    </figure>
  );
}
