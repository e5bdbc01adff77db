import { KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ListedKey } from '../../domain/keys/index.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { DateTime } from '../ui/format.tsx';
import { StatusBadge } from '../ui/status-badge.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { useFormats } from './use-formats.ts';

/** A key as people recognise it, without what would let anybody use it. */
function maskedKey({ prefix, lastFour }: ListedKey): string {
  return `${prefix}…${lastFour}`;
}

export function KeysTable({ keys, mayManage }: { keys: readonly ListedKey[]; mayManage: boolean }) {
  const { t } = useTranslation('buyer');
  const { date } = useFormats();
  const columns: Column<ListedKey>[] = [
    {
      key: 'name',
      header: t('keys.name'),
      render: (key) => <span className="inline-block min-w-24 font-medium">{key.name}</span>,
    },
    { key: 'key', header: t('keys.key'), render: (key) => <code className="text-xs">{maskedKey(key)}</code> },
    { key: 'scope', header: t('keys.scope'), render: (key) => key.service?.name ?? t('keys.scopeAll') },
    {
      key: 'created',
      header: t('keys.created'),
      priority: 'low',
      render: (key) => <DateTime value={key.createdAt} timeStyle={null} />,
    },
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
      render: (key) => (mayManage && key.state !== 'revoked' ? <RevokeKey apiKey={key} /> : null),
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

function RevokeKey({ apiKey }: { apiKey: ListedKey }) {
  const { t } = useTranslation('buyer');
  const { dateTime } = useFormats();
  return (
    <ConfirmDialog
      triggerLabel={t('keys.revoke')}
      title={t('keys.revokeTitle', { name: apiKey.name })}
      description={
        <>
          <p>{t('keys.revokeText', { key: maskedKey(apiKey) })}</p>
          {apiKey.lastUsedAt && <p>{t('keys.revokeUsed', { date: dateTime(apiKey.lastUsedAt) })}</p>}
        </>
      }
      confirmLabel={t('keys.confirmRevoke')}
      fields={{ intent: 'revoke', keyId: apiKey.id }}
    />
  );
}
