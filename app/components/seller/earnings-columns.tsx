import type { TFunction } from 'i18next';
import { Money, Num } from '../ui/format.tsx';
import type { Column } from '../ui/table.tsx';

interface EarningsRow {
  calls: number;
  grossNanos: bigint;
  feeNanos: bigint;
  netNanos: bigint;
}

/** Calls, what buyers paid, our share, the seller's: the same columns in every earnings table. */
export function earningsColumns<Row extends EarningsRow>(
  t: TFunction<'seller'>,
  currency: string,
): Column<Row>[] {
  return [
    { key: 'calls', header: t('earnings.calls'), align: 'end', render: (row) => <Num value={row.calls} /> },
    {
      key: 'gross',
      header: t('earnings.gross'),
      align: 'end',
      render: (row) => <Money nanos={row.grossNanos} currency={currency} />,
    },
    {
      key: 'fee',
      header: t('earnings.fee'),
      align: 'end',
      render: (row) => <Money nanos={row.feeNanos} currency={currency} />,
    },
    {
      key: 'net',
      header: t('earnings.net'),
      align: 'end',
      render: (row) => <Money nanos={row.netNanos} currency={currency} />,
    },
  ];
}
