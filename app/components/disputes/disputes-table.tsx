import { Link } from '@remix-run/react';
import { Scale } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { DisputePerspective, DisputeView } from '../../domain/disputes/index.ts';
import { Badge, type BadgeTone } from '../ui/badge.tsx';
import { Card } from '../ui/card.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { FilterLinks } from '../ui/filter-links.tsx';
import { DateTime, Money, Num } from '../ui/format.tsx';
import { Table, type Column } from '../ui/table.tsx';

type Status = DisputeView['status'];

const TONES: Record<Status, BadgeTone> = {
  open: 'info',
  refunded: 'success',
  rejected: 'neutral',
  withdrawn: 'neutral',
};
const FILTERS = ['open', 'refunded', 'rejected', 'withdrawn'] as const;

export function DisputeStatus({ status }: { status: Status }) {
  const { t } = useTranslation('disputes');
  return <Badge tone={TONES[status]}>{t(`status.${status}`)}</Badge>;
}

/** Links that choose which disputes are listed. */
export function DisputeFilter({ status }: { status: Status | null }) {
  const { t } = useTranslation('disputes');
  return (
    <FilterLinks
      label={t('filter.label')}
      items={[null, ...FILTERS].map((one) => ({
        key: one ?? 'all',
        to: one ? `?status=${one}` : '?',
        label: one ? t(`status.${one}`) : t('filter.all'),
        isChosen: one === status,
      }))}
    />
  );
}

export interface DisputesTableProps {
  perspective: DisputePerspective;
  disputes: readonly DisputeView[];
}

/** Disputes as this side sees them. */
export function DisputesTable({ perspective, disputes }: DisputesTableProps) {
  const { t } = useTranslation('disputes');
  const columns: Column<DisputeView>[] = [
    {
      key: 'service',
      header: t('column.service'),
      render: (one) => (
        <>
          <Link to={`/${perspective}/disputes/${one.id}`} className="text-link block min-w-32 font-medium">
            {one.serviceName}
          </Link>
          <span className="text-muted block text-xs">{t(`reason.${one.reason}`)}</span>
        </>
      ),
    },
    ...(perspective === 'buyer'
      ? []
      : [{ key: 'buyer', header: t('column.buyer'), render: (one: DisputeView) => one.buyerName }]),
    ...(perspective === 'seller'
      ? []
      : [{ key: 'seller', header: t('column.seller'), render: (one: DisputeView) => one.sellerName }]),
    {
      key: 'calls',
      header: t('column.calls'),
      align: 'end',
      priority: 'low',
      render: (one) => <Num value={one.calls} />,
    },
    {
      key: 'amount',
      header: t('column.amount'),
      align: 'end',
      render: (one) => <Money nanos={one.disputedNanos} />,
    },
    {
      key: 'refunded',
      header: t('column.refunded'),
      align: 'end',
      render: (one) => <Money nanos={one.refundedNanos} />,
    },
    { key: 'opened', header: t('column.opened'), render: (one) => <DateTime value={one.createdAt} /> },
    { key: 'status', header: t('column.status'), render: (one) => <DisputeStatus status={one.status} /> },
  ];
  return (
    <Card>
      <Table
        caption={t('caption')}
        columns={columns}
        rows={disputes}
        rowKey={(one) => one.id}
        empty={
          <EmptyState icon={Scale} title={t('empty')}>
            {t(`emptyText.${perspective}`)}
          </EmptyState>
        }
      />
    </Card>
  );
}
