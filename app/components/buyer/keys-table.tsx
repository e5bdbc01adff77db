import { Link } from '@remix-run/react';
import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ListedKey } from '../../domain/keys/index.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { DateTime } from '../ui/format.tsx';
import { StatusBadge } from '../ui/status-badge.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { maskedKey, RevokeKey } from './key-actions.tsx';
import { useFormats } from './use-formats.ts';

export function KeysTable({ keys, mayManage }: { keys: readonly ListedKey[]; mayManage: boolean }) {
  const { t } = useTranslation('buyer');
  const { date } = useFormats();
  const columns: Column<ListedKey>[] = [
    {
      key: 'name',
      header: t('keys.name'),
      render: (key) => (
        <Link to={`/buyer/keys/${key.id}`} className="text-link inline-block min-w-24 font-medium">
          {key.name}
        </Link>
      ),
    },
    {
      key: 'key',
      header: t('keys.key'),
      render: (key) => <code className="text-xs whitespace-nowrap">{maskedKey(key)}</code>,
    },
    { key: 'scope', header: t('keys.scope'), render: (key) => key.service?.name ?? t('keys.scopeAll') },
    { key: 'limits', header: t('keys.limits'), priority: 'low', render: (key) => <KeyLimits apiKey={key} /> },
    {
      key: 'lastUsed',
      header: t('keys.lastUsed'),
      render: (key) => (key.lastUsedAt ? <DateTime value={key.lastUsedAt} /> : t('keys.neverUsed')),
    },
    {
      key: 'status',
      header: t('keys.status'),
      render: (key) => (
        <>
          <StatusBadge noun="key" status={key.state} />
          {key.state === 'active' && key.expiresAt && (
            <span className="text-muted block text-xs">
              {t('keys.expiresOn', { date: date(key.expiresAt) })}
            </span>
          )}
        </>
      ),
    },
    {
      key: 'actions',
      header: <span className="sr-only">{t('keys.actions')}</span>,
      align: 'end',
      render: (key) =>
        mayManage && key.state !== 'revoked' && key.state !== 'expired' ? <RevokeKey apiKey={key} /> : null,
    },
  ];
  return (
    <Table
      caption={t('keys.caption')}
      columns={columns}
      rows={keys}
      rowKey={(key) => key.id}
      empty={
        <EmptyState icon={KeyRound} title={t('keys.empty')}>
          {t('keys.emptyText')}
        </EmptyState>
      }
    />
  );
}

/** What a key is held to, in a few words. */
function KeyLimits({ apiKey: key }: { apiKey: ListedKey }) {
  const { t } = useTranslation('buyer');
  const { number } = useFormats();
  const words = [
    key.permissions.length === 1 && t(key.permissions[0] === 'read' ? 'keys.readOnly' : 'keys.writeOnly'),
    key.requestsPerMinute && t('keys.perMinute', { value: number(key.requestsPerMinute) }),
    key.requestsPerDay && t('keys.perDay', { value: number(key.requestsPerDay) }),
    key.allowedServiceIds.length > 0 && t('keys.servicesCount', { count: key.allowedServiceIds.length }),
    key.allowedModels.length > 0 && t('keys.modelsCount', { count: key.allowedModels.length }),
    key.allowedAddresses.length > 0 && t('keys.addressesCount', { count: key.allowedAddresses.length }),
  ].filter(Boolean);
  if (words.length === 0) return <span className="text-muted">{t('keys.noLimits')}</span>;
  return <span className="text-xs">{words.join(' · ')}</span>;
}
