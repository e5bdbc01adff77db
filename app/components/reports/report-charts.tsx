import { useTranslation } from 'react-i18next';
import type { ReportValue } from '../../http/report-columns.ts';
import type { ReportPageData } from '../../http/report-page.ts';
import { formatMoney } from '../../lib/money.ts';
import { BarsChart } from '../charts/bars-chart.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { numberFormat } from '../../lib/intl.ts';

const CHARTS = {
  usage: [
    { title: 'chart.calls', columns: ['calls', 'errors'] },
    { title: 'chart.cost', columns: ['charge'] },
    { title: 'chart.latency', columns: ['p50Ms', 'p95Ms'] },
    { title: 'chart.tokens', columns: ['inputTokens', 'outputTokens'] },
  ],
  billing: [{ title: 'chart.net', columns: ['net'] }],
} as const;

function toBigInt(value: ReportValue | undefined): bigint {
  if (value === undefined) return 0n;
  return 'nanos' in value ? value.nanos : BigInt(value.count ?? 0);
}

/** How the range went: calls, cost, latency and tokens, or what was paid. */
export function ReportCharts({ data }: { data: ReportPageData }) {
  const { t } = useTranslation('reports');
  const { locale } = useViewerPreferences();
  const { columns, periods, kind, currency } = data;
  const valueOf = (row: (typeof periods)[number], column: string) => row.values[columns.indexOf(column)];
  const text = (value: ReportValue | undefined) => {
    if (value === undefined) return '';
    if ('nanos' in value) return formatMoney(value.nanos, currency, locale);
    return value.count === null ? '–' : numberFormat(locale).format(value.count);
  };
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      {CHARTS[kind].map(({ title, columns: [first, second] }) => (
        <Card key={title} className={kind === 'billing' ? 'lg:col-span-2' : undefined}>
          <CardHeader title={t(title)} />
          <CardBody>
            <BarsChart
              title={t(title)}
              labels={periods.map(({ label }) => label)}
              series={[first, ...(second ? [second] : [])].map((column) => ({
                name: t(`column.${column}`),
                values: periods.map((row) => toBigInt(valueOf(row, column))),
              }))}
              describe={(index) => {
                const row = periods[index];
                if (!row) return '';
                return second
                  ? t('chart.two', {
                      period: row.label,
                      first: text(valueOf(row, first)),
                      second: text(valueOf(row, second)),
                    })
                  : t('chart.point', { period: row.label, value: text(valueOf(row, first)) });
              }}
            />
          </CardBody>
        </Card>
      ))}
    </div>
  );
}
