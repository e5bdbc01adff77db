import type { TFunction } from 'i18next';
import { DateTime, Money } from './ui/format.tsx';
import type { Column } from './ui/table.tsx';

interface RefundRow {
  createdAt: Date;
  kind: 'call' | 'subscription_fee' | 'wallet' | 'invoice';
  reference: string;
  serviceName: string | null;
  amountNanos: bigint;
  currency: string;
}

/** What was paid back, when and how much; the same columns for buyers and sellers. */
export function refundColumns<Row extends RefundRow>(t: TFunction<'payouts'>): Column<Row>[] {
  return [
    { key: 'createdAt', header: t('refunds.createdAt'), render: (row) => <DateTime value={row.createdAt} /> },
    {
      key: 'kind',
      header: t('refunds.what'),
      render: (row) => (
        <>
          {row.serviceName ?? t(`refunds.kind.${row.kind}`)}
          <code className="text-muted block text-xs break-all">{row.reference}</code>
        </>
      ),
    },
    {
      key: 'amountNanos',
      header: t('statement.amount'),
      align: 'end',
      render: (row) => <Money nanos={row.amountNanos} currency={row.currency} />,
    },
  ];
}
