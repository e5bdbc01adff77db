import { Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { OwnUpstream } from '../../domain/upstreams/index.ts';
import { dialectName } from '../../lib/dialect-defaults.ts';
import { Badge } from '../ui/badge.tsx';
import { Num } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';
import { StateBadge } from './health-badge.tsx';

/** Where calls may go, in the order they are tried; the name leads to the pool. */
export function UpstreamsTable({ upstreams }: { upstreams: OwnUpstream[] }) {
  const { t } = useTranslation('seller');
  return (
    <Table
      caption={t('upstreams.title')}
      rows={upstreams}
      rowKey={(upstream) => upstream.id}
      columns={[
        {
          key: 'name',
          header: t('upstreams.upstream'),
          render: (upstream) => (
            <>
              <Link
                className="text-link font-medium"
                to={`/seller/services/${upstream.serviceId}/upstreams/${upstream.id}`}
              >
                {upstream.name || new URL(upstream.baseUrl).host}
              </Link>
              <span className="text-muted block text-xs break-all">{upstream.baseUrl}</span>
            </>
          ),
        },
        {
          key: 'dialect',
          header: t('connection.dialect'),
          priority: 'low',
          render: (upstream) => dialectName(upstream.dialect) ?? t('kind.http'),
        },
        {
          key: 'status',
          header: t('services.status'),
          render: (upstream) => <StateBadge state={upstream.status} />,
        },
        {
          key: 'order',
          header: t('upstreams.order'),
          align: 'end',
          render: (upstream) =>
            t('upstreams.orderValue', { priority: upstream.priority, weight: upstream.weight }),
        },
        {
          key: 'credentials',
          header: t('upstreams.keys'),
          align: 'end',
          render: ({ credentials: { ready, total } }) =>
            total === 0 ? (
              <Badge tone="danger">{t('upstreams.noKeys')}</Badge>
            ) : (
              <>
                <Num value={ready} /> / <Num value={total} />
              </>
            ),
        },
      ]}
    />
  );
}
