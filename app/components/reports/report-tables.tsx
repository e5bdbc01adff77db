import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReportPageData } from '../../http/report-page.ts';
import type { ReportValue } from '../../http/report-columns.ts';
import type { ReportRow } from '../../http/report-format.ts';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { Card } from '../ui/card.tsx';
import { Section } from '../ui/page.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { Value } from './report-value.tsx';

/** Files have them always; here they are left out where there is nothing of them. */
const DETAILS = new Set([
  ...['cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens'],
  ...['promo', 'credit', 'discount', 'subscription', 'refunded'],
]);
const IN_FILES_ONLY = new Set(['requestBytes', 'responseBytes']);

const isNothing = (value: ReportValue | undefined) =>
  value === undefined || ('nanos' in value ? value.nanos === 0n : !value.count);

type Line = { key: string; label: ReactNode; row: ReportRow };

/** The numbers of a report, by group and over time, each with its total. */
export function ReportTables({ data }: { data: ReportPageData }) {
  const { t } = useTranslation('reports');
  const { locale } = useViewerPreferences();
  const { columns, totals, currency, groupBy, periods, groups } = data;
  const render = (caption: string, header: string, lines: Line[]) => {
    const all: Line[] = [
      ...lines,
      { key: 'total', label: <strong>{t('total')}</strong>, row: { values: totals } },
    ];
    const shown: Column<Line>[] = [
      { key: 'label', header, render: ({ label }) => label },
      ...columns.flatMap((name, index): Column<Line>[] =>
        IN_FILES_ONLY.has(name) || (DETAILS.has(name) && isNothing(totals[index]))
          ? []
          : [
              {
                key: name,
                header: t(`column.${name}` as 'column.calls'),
                align: 'end',
                render: ({ key, row }) => {
                  const value = <Value value={row.values[index]} currency={currency} />;
                  return key === 'total' ? <strong>{value}</strong> : value;
                },
              },
            ],
      ),
    ];
    return (
      <Section title={caption}>
        <Card>
          <Table caption={caption} columns={shown} rows={all} rowKey={({ key }) => key} />
        </Card>
      </Section>
    );
  };
  return (
    <>
      {groupBy !== 'none' &&
        render(
          t('perGroup', { group: t(`group.${groupBy}`).toLocaleLowerCase(locale) }),
          t(`group.${groupBy}`),
          groups.map((row) => ({
            key: `group ${row.group?.id}`,
            label: (
              <span className="block min-w-36 wrap-break-word">
                {row.group?.name ?? t(`unnamed.${groupBy}`)}
              </span>
            ),
            row,
          })),
        )}
      {render(
        t('perPeriod'),
        t('column.period'),
        // Newest first, as people read it; periods in which nothing happened say nothing here.
        periods
          .filter(({ values }) => !values.every(isNothing))
          .reverse()
          .map((row) => ({
            key: row.period ?? '',
            label: <span className="whitespace-nowrap">{row.label}</span>,
            row,
          })),
      )}
    </>
  );
}
