import { useTranslation } from 'react-i18next';
import type { StatementMovement } from '../../domain/wallets/index.ts';
import { Day, Money } from '../ui/format.tsx';
import { Table, type Column } from '../ui/table.tsx';
import type { ReactNode } from 'react';

export interface MovementsTableProps {
  caption: string;
  movements: readonly StatementMovement[];
  currency: string;
  empty: ReactNode;
  /** One column for each account, where more than the wallet moved. */
  byAccount?: boolean;
}

/** Movements as a bank prints them, with the balance after each. */
export function MovementsTable({ caption, movements, currency, empty, byAccount }: MovementsTableProps) {
  const { t } = useTranslation('wallet');
  const money = (key: string, header: string, value: (row: StatementMovement) => bigint) => ({
    key,
    header,
    align: 'end' as const,
    render: (row: StatementMovement) => <Money nanos={value(row)} currency={currency} />,
  });
  const accounts = [
    money('wallet', t('statement.wallet'), (row) => row.walletNanos),
    money('promo', t('statement.promo'), (row) => row.promoNanos),
    money('owed', t('statement.owed'), (row) => row.owedNanos),
  ];
  const columns: Column<StatementMovement>[] = [
    { key: 'day', header: t('statement.day'), render: (row) => <Day value={row.day} /> },
    {
      key: 'kind',
      header: t('statement.movement'),
      render: (row) =>
        row.service ? t('statement.usageOf', { service: row.service.name }) : t(`kind.${row.kind}`),
    },
    ...(byAccount ? accounts.map((column) => ({ ...column, priority: 'low' as const })) : []),
    money('amount', t('statement.amount'), (row) => row.totalNanos),
    money('balance', t('statement.balance'), (row) => row.balanceNanos),
  ];
  return (
    <Table caption={caption} rows={movements} rowKey={(row) => row.id} columns={columns} empty={empty} />
  );
}
