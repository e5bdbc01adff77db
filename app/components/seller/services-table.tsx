import { Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { OwnServicesPage } from '../../domain/services/index.ts';
import { ButtonLink } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Num } from '../ui/format.tsx';
import { StatusBadge } from '../ui/status-badge.tsx';
import { Table } from '../ui/table.tsx';
import { usePrices } from '../pricing/use-prices.ts';

/** The seller's services; the name leads to the editor. */
export function ServicesTable({ services }: { services: OwnServicesPage['items'] }) {
  const { t } = useTranslation('seller');
  const { lines } = usePrices();
  return (
    <Table
      caption={t('services.caption')}
      rows={services}
      rowKey={(service) => service.id}
      columns={[
        {
          key: 'name',
          header: t('services.name'),
          render: (service) => (
            <Link className="text-link font-medium" to={`/seller/services/${service.id}`}>
              {service.name}
            </Link>
          ),
        },
        {
          key: 'status',
          header: t('services.status'),
          render: (service) => <StatusBadge noun="service" status={service.status} />,
        },
        {
          key: 'kind',
          header: t('services.kind'),
          priority: 'low',
          render: (service) => t(`kind.${service.kind}`),
        },
        {
          key: 'plans',
          header: t('services.plans'),
          priority: 'low',
          render: (service) => (
            <Link className="text-link" to={`/seller/services/${service.id}/plans`}>
              {service.plans.length === 0
                ? t('plans.addFirst')
                : service.plans.length === 1
                  ? lines(service.plans[0]!).join(' · ')
                  : t('services.planCount', { count: service.plans.length })}
            </Link>
          ),
        },
        {
          key: 'subscribers',
          header: t('services.subscribers'),
          align: 'end',
          render: (service) => <Num value={service.subscriberCount} />,
        },
      ]}
      empty={<NoServices />}
    />
  );
}

/** What a seller sees before there is anything. */
export function NoServices() {
  const { t } = useTranslation('seller');
  return (
    <EmptyState
      title={t('services.emptyTitle')}
      action={<ButtonLink to="/seller/services/new">{t('services.emptyAction')}</ButtonLink>}
    >
      {t('services.emptyText')}
    </EmptyState>
  );
}
