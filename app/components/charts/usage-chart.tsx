import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Day, Num } from '../ui/format.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { useHydrated } from '../ui/use-hydrated.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { dateTimeFormat } from '../../lib/intl.ts';

export interface UsagePoint {
  /** A calendar day (`2026-11-21`), or a text as people read it. */
  label: string;
  calls: number;
  errors: number;
}

export interface UsageChartProps {
  points: readonly UsagePoint[];
  /** What is counted; names chart and table for those who cannot see them. */
  title?: string;
}

// 116 KiB that only pages with a chart load, and only in the browser: it draws nothing on the server.
const UsagePlot = lazy(async () => ({ default: (await import('./usage-plot.tsx')).UsagePlot }));

const isDay = (label: string) => /^\d{4}-\d{2}-\d{2}$/.test(label);

/** Calls and errors over time: a chart, and the same numbers as a table for everyone else. */
export function UsageChart({ points, title }: UsageChartProps) {
  const { t } = useTranslation('common');
  const { locale } = useViewerPreferences();
  const hydrated = useHydrated();
  const name = title ?? t('chart.title');
  const columns: Column<UsagePoint>[] = [
    {
      key: 'label',
      header: t('chart.when'),
      render: ({ label }) => (isDay(label) ? <Day value={label} /> : label),
    },
    { key: 'calls', header: t('chart.calls'), align: 'end', render: (point) => <Num value={point.calls} /> },
    {
      key: 'errors',
      header: t('chart.errors'),
      align: 'end',
      render: (point) => <Num value={point.errors} />,
    },
  ];
  const dayFormat = dateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' });
  const drawn = points.map((point) =>
    isDay(point.label) ? { ...point, label: dayFormat.format(new Date(point.label)) } : point,
  );
  const placeholder = <div className="bg-sunken h-60 rounded-md" />;
  return (
    <figure className="min-w-0" aria-label={name}>
      <div className="h-60">
        {hydrated ? (
          <Suspense fallback={placeholder}>
            <UsagePlot points={drawn} callsLabel={t('chart.calls')} errorsLabel={t('chart.errors')} />
          </Suspense>
        ) : (
          placeholder
        )}
      </div>
      <details className="mt-3">
        <summary className="text-link inline-flex min-h-11 items-center text-sm font-medium">
          {t('chart.table')}
        </summary>
        <Table caption={name} columns={columns} rows={points} rowKey={(point) => point.label} />
      </details>
    </figure>
  );
}
