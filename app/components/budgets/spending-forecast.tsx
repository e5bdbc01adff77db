import { Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { SpendingForecast as Forecast } from '../../domain/budgets/index.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { Card } from '../ui/card.tsx';
import { Money } from '../ui/format.tsx';
import { Section } from '../ui/page.tsx';
import { Stat, StatGrid } from '../ui/stat.tsx';
import { Table } from '../ui/table.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { dateTimeFormat } from '../../lib/intl.ts';

/** Cents are enough for what is an estimate. */
const CENT = 10_000_000n;

/** What this month has cost, will cost at this pace, and how long the balance lasts; with the method. */
export function SpendingForecast({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation('budgets');
  const { money } = useFormats();
  const { locale } = useViewerPreferences();
  const { spentNanos, projectedNanos, perDayNanos, paceDays, runsOutAt, timeZone, services } = forecast;
  if (projectedNanos === null && spentNanos === 0n) return null;
  const rounded = (nanos: bigint) => (nanos / CENT) * CENT;
  const date = dateTimeFormat(locale, { dateStyle: 'medium', timeZone });
  return (
    <Section
      title={t('forecast.title')}
      description={
        projectedNanos === null
          ? t('forecast.noPaceText')
          : t('forecast.method', { count: paceDays, perDay: money(rounded(perDayNanos)) })
      }
    >
      <div className="space-y-4">
        <StatGrid>
          <Stat label={t('forecast.spent')} value={<Money nanos={spentNanos} />} />
          <Stat
            label={t('forecast.projected')}
            value={projectedNanos === null ? t('forecast.noPace') : <Money nanos={rounded(projectedNanos)} />}
          />
          <Stat
            label={t('forecast.runsOut')}
            value={
              runsOutAt ? (
                <time dateTime={runsOutAt.toISOString()} suppressHydrationWarning>
                  {date.format(runsOutAt)}
                </time>
              ) : projectedNanos === null ? (
                t('forecast.noPace')
              ) : (
                t('forecast.lasts')
              )
            }
            hint={t('forecast.runsOutHint')}
            to="/buyer/wallet"
          />
        </StatGrid>
        {services.length > 0 && (
          <Card>
            <Table
              caption={t('forecast.byService')}
              rows={services}
              rowKey={(row) => row.serviceId}
              columns={[
                {
                  key: 'service',
                  header: t('forecast.service'),
                  render: (row) => (
                    <Link to={`/services/${row.slug}`} className="text-link inline-block font-medium">
                      {row.name}
                    </Link>
                  ),
                },
                {
                  key: 'spent',
                  header: t('forecast.spent'),
                  align: 'end',
                  render: (row) => <Money nanos={row.spentNanos} />,
                },
                {
                  key: 'projected',
                  header: t('forecast.projected'),
                  align: 'end',
                  render: (row) => <Money nanos={rounded(row.projectedNanos)} />,
                },
              ]}
            />
          </Card>
        )}
      </div>
    </Section>
  );
}
