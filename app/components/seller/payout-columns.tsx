import type { TFunction } from 'i18next';
import { Badge, type BadgeTone } from '../ui/badge.tsx';
import { DateTime, Money } from '../ui/format.tsx';
import type { Column } from '../ui/table.tsx';

type PayoutStatus = 'pending' | 'in_transit' | 'paid' | 'failed' | 'reversed';

interface PayoutRow {
  createdAt: Date;
  paidAt: Date | null;
  status: PayoutStatus;
  amountNanos: bigint;
  reversedNanos: bigint;
  currency: string;
  failure: string | null;
}

const TONES: Record<PayoutStatus, BadgeTone> = {
  pending: 'info',
  in_transit: 'info',
  paid: 'success',
  failed: 'danger',
  reversed: 'neutral',
};

/** When, how much, and where it is: the same columns for sellers and administrators. */
export function payoutColumns<Row extends PayoutRow>(t: TFunction<'payouts'>): Column<Row>[] {
  return [
    { key: 'createdAt', header: t('history.createdAt'), render: (row) => <DateTime value={row.createdAt} /> },
    {
      key: 'status',
      header: t('history.status'),
      render: (row) => (
        <>
          <Badge tone={TONES[row.status]}>{t(`status.${row.status}`)}</Badge>
          {row.failure !== null && <code className="text-muted mt-1 block text-xs">{row.failure}</code>}
        </>
      ),
    },
    {
      key: 'paidAt',
      header: t('history.paidAt'),
      render: (row) => row.paidAt && <DateTime value={row.paidAt} timeStyle={null} />,
    },
    {
      key: 'reversedNanos',
      header: t('history.reversed'),
      align: 'end',
      priority: 'low',
      render: (row) => row.reversedNanos > 0n && <Money nanos={row.reversedNanos} currency={row.currency} />,
    },
    {
      key: 'amountNanos',
      header: t('history.amount'),
      align: 'end',
      render: (row) => <Money nanos={row.amountNanos} currency={row.currency} />,
    },
  ];
}
