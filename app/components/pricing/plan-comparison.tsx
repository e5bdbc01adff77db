import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import { Card } from '../ui/card.tsx';
import { Num } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';
import { PlanPrice } from './plan-price.tsx';
import { PriceTable } from './price-table.tsx';
import { usePrices } from './use-prices.ts';

/** Plans beside each other, and below them every amount of each. */
export function PlanComparison({ plans }: { plans: readonly PlanWithPrice[] }) {
  const { t } = useTranslation('pricing');
  const { quotas } = usePrices();
  const detailed = plans.filter(({ price }) => price.components.length + price.quotas.length > 0);
  return (
    <div className="grid min-w-0 gap-4">
      <Card>
        <Table
          caption={t('compare.title')}
          rows={plans}
          rowKey={({ id }) => id}
          columns={[
            {
              key: 'name',
              header: t('compare.plan'),
              render: ({ name }) => <span className="inline-block min-w-24 font-medium">{name}</span>,
            },
            { key: 'costs', header: t('compare.costs'), render: (plan) => <PlanPrice plan={plan} /> },
            {
              key: 'includes',
              header: t('compare.includes'),
              render: ({ price }) =>
                price.quotas.length === 0
                  ? t('compare.noQuota')
                  : quotas(price).map((line) => (
                      <span key={line} className="block">
                        {line}
                      </span>
                    )),
            },
            {
              key: 'limits',
              header: t('compare.limits'),
              align: 'end',
              render: ({ requestsPerMinute }) =>
                requestsPerMinute === null ? t('compare.usual') : <Num value={requestsPerMinute} />,
            },
          ]}
        />
      </Card>
      {detailed.map(({ id, name, price }) => (
        <details key={id}>
          <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
            {t('compare.details', { plan: name })}
          </summary>
          <Card className="mt-2">
            <PriceTable price={price} />
          </Card>
        </details>
      ))}
    </div>
  );
}
