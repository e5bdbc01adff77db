import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CreditView } from '../../domain/promotions/index.ts';
import { DateTime, Money } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';

/** Promotional credits with what is left of each and when it ends. */
export function CreditsTable({ credits, empty }: { credits: readonly CreditView[]; empty?: ReactNode }) {
  const { t } = useTranslation('wallet');
  return (
    <Table
      caption={t('credits.title')}
      rows={credits}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'reason',
          header: t('credits.reason'),
          render: (row) => <span className="wrap-anywhere">{row.reason || t('credits.noReason')}</span>,
        },
        {
          key: 'expires',
          header: t('credits.expires'),
          render: (row) => (row.expiresAt ? <DateTime value={row.expiresAt} /> : t('credits.never')),
        },
        {
          key: 'amount',
          header: t('credits.granted'),
          align: 'end',
          render: (row) => <Money nanos={row.amountNanos} />,
        },
        {
          key: 'remaining',
          header: t('credits.remaining'),
          align: 'end',
          render: (row) => <Money nanos={row.remainingNanos} />,
        },
      ]}
      empty={empty}
    />
  );
}
