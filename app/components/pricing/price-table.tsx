import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { formatMoney } from '../../lib/money.ts';
import { Table } from '../ui/table.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { usePrices } from './use-prices.ts';
import { numberFormat } from '../../lib/intl.ts';

interface Row {
  key: string;
  what: string;
  model: string;
  from: string;
  price: string;
}

/** Everything that a price says, one line for each amount: fee, quotas, tiers, steps and models. */
export function PriceTable({ price }: { price: PlanWithPrice['price'] }) {
  const { t } = useTranslation(['pricing', 'common']);
  const { locale } = useViewerPreferences();
  const prices = usePrices();
  const number = numberFormat(locale);
  const rows: Row[] = [
    ...(price.recurringNanos > 0n
      ? [
          {
            key: 'fee',
            what: t(price.recurringInterval === 'year' ? 'example.feeYear' : 'example.feeMonth'),
            model: '',
            from: price.trialDays > 0 ? t('table.trial', { count: price.trialDays }) : '',
            price: formatMoney(price.recurringNanos, price.currency, locale),
          },
        ]
      : []),
    ...price.quotas.map((quota) => ({
      key: `quota ${quota.meter}`,
      what: t(`common:meter.${quota.meter}`),
      model: '',
      from: t(`overage.${quota.overage}`),
      price: t('common:price.included', { units: prices.quantity(quota.meter, quota.includedUnits) }),
    })),
    ...price.components.map((one) => ({
      key: [one.meter, one.model, one.fromUnits, one.fromContextTokens].join(' '),
      what: t(`common:meter.${one.meter}`),
      model: one.model === '*' ? '' : one.model,
      from: one.fromUnits > 0 ? t('table.from', { units: number.format(one.fromUnits) }) : '',
      price: prices.unit(price, one),
    })),
  ];
  const hasModels = rows.some(({ model }) => model !== '');
  const hasSteps = rows.some(({ from }) => from !== '');
  return (
    <Table
      caption={t('table.title')}
      rows={rows}
      rowKey={({ key }) => key}
      empty={<p className="text-muted px-5 pb-5 text-sm sm:px-6">{t('table.free')}</p>}
      columns={[
        { key: 'what', header: t('table.what') },
        ...(hasModels
          ? [
              {
                key: 'model',
                header: t('table.model'),
                render: ({ model }: Row) =>
                  model ? <code className="break-all">{model}</code> : t('table.anyModel'),
              },
            ]
          : []),
        ...(hasSteps ? [{ key: 'from', header: t('table.when') }] : []),
        { key: 'price', header: t('table.price'), align: 'end' as const },
      ]}
    />
  );
}
