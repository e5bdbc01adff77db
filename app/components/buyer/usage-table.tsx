import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { UsageTotals } from '../../domain/usage/index.ts';
import { Money, Ms, Num } from '../ui/format.tsx';
import { Table, type Column } from '../ui/table.tsx';

export interface UsageTableProps<Row extends UsageTotals> {
  caption: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** What the rows are: days, services. */
  header: string;
  label: (row: Row) => ReactNode;
}

/** Sums of calls, one row for each day or service. */
export function UsageTable<Row extends UsageTotals>({
  caption,
  rows,
  rowKey,
  header,
  label,
}: UsageTableProps<Row>) {
  const { t } = useTranslation('buyer');
  const ms = (value: number | null) => (value === null ? t('usage.none') : <Ms value={value} />);
  const columns: Column<Row>[] = [
    { key: 'label', header, render: label },
    { key: 'calls', header: t('usage.calls'), align: 'end', render: (row) => <Num value={row.calls} /> },
    { key: 'errors', header: t('usage.errors'), align: 'end', render: (row) => <Num value={row.errors} /> },
    { key: 'averageMs', header: t('usage.averageMs'), align: 'end', render: (row) => ms(row.averageMs) },
    { key: 'p95Ms', header: t('usage.p95Ms'), align: 'end', render: (row) => ms(row.p95Ms) },
    {
      key: 'inputTokens',
      header: t('usage.inputTokens'),
      align: 'end',
      priority: 'low',
      render: (row) => <Num value={row.inputTokens} />,
    },
    {
      key: 'outputTokens',
      header: t('usage.outputTokens'),
      align: 'end',
      priority: 'low',
      render: (row) => <Num value={row.outputTokens} />,
    },
    {
      key: 'cost',
      header: t('usage.cost'),
      align: 'end',
      render: (row) => <Money nanos={row.chargeNanos} />,
    },
  ];
  return <Table caption={caption} columns={columns} rows={rows} rowKey={rowKey} onPhone="scroll" />;
}
