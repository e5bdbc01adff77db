import { ChartColumn, FileDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ReportPageData } from '../../http/report-page.ts';
import { formatMoney } from '../../lib/money.ts';
import { Alert } from '../ui/alert.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { PageHeader } from '../ui/page.tsx';
import { Stat, StatGrid } from '../ui/stat.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { ReportCharts } from './report-charts.tsx';
import { ReportControls } from './report-controls.tsx';
import { ReportTables } from './report-tables.tsx';
import { Value } from './report-value.tsx';

const HEADLINES = new Set([
  ...['calls', 'errors', 'p50Ms', 'p95Ms', 'inputTokens', 'charge'],
  ...['usage', 'subscription', 'refunded', 'discount', 'net', 'fee', 'earned'],
]);

/** Usage or billing of one side: what was asked for, its totals, charts and tables. */
export function ReportPage({ data }: { data: ReportPageData }) {
  const { t } = useTranslation('reports');
  const { locale } = useViewerPreferences();
  const { columns, totals, currency, ledger, links } = data;
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t(`description.${data.perspective}`)}
        actions={
          <nav aria-label={t('export.label')} className="flex flex-wrap gap-2 print:hidden">
            <ButtonLink to={links.csv} reloadDocument variant="secondary" size="sm" download>
              <FileDown aria-hidden />
              {t('export.csv')}
            </ButtonLink>
            <ButtonLink to={links.pdf} reloadDocument variant="secondary" size="sm" download>
              <FileDown aria-hidden />
              {t('export.pdf')}
            </ButtonLink>
          </nav>
        }
      />
      {!data.isValid && <Alert tone="warning">{t('range.invalid')}</Alert>}
      <ReportControls data={data} />
      <p className="text-muted text-sm">{t('zone', { zone: data.timeZone })}</p>
      <StatGrid>
        {columns.flatMap((name, index) =>
          HEADLINES.has(name)
            ? [
                <Stat
                  key={name}
                  label={t(`column.${name}` as 'column.calls')}
                  value={<Value value={totals[index]} currency={currency} />}
                />,
              ]
            : [],
        )}
      </StatGrid>
      {ledger && data.hasActivity && (
        <Alert tone={ledger.agrees ? 'success' : 'warning'}>
          {t(ledger.agrees ? 'ledger.agrees' : 'ledger.differs', {
            amount: formatMoney(ledger.nanos, currency, locale),
          })}
        </Alert>
      )}
      {data.hasActivity ? (
        <>
          <ReportCharts data={data} />
          <ReportTables data={data} />
        </>
      ) : (
        <Card>
          <EmptyState icon={ChartColumn} title={t('emptyTitle')}>
            {t('emptyText')}
          </EmptyState>
        </Card>
      )}
    </>
  );
}
