import { Users } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PublicUser } from '../../domain/users/index.ts';
import { Badge } from '../ui/badge.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TextField } from '../ui/field.tsx';
import { DateTime } from '../ui/format.tsx';
import { StatusBadge } from '../ui/status-badge.tsx';
import { Table } from '../ui/table.tsx';

/** What administrators do with a user: lock out, let back in. */
function Moderation({ user }: { user: PublicUser }) {
  const { t } = useTranslation('account');
  const isActive = user.status === 'active';
  const { username } = user;
  return (
    <ConfirmDialog
      triggerLabel={isActive ? t('adminUsers.suspend') : t('adminUsers.reinstate')}
      title={
        isActive ? t('adminUsers.suspendTitle', { username }) : t('adminUsers.reinstateTitle', { username })
      }
      description={isActive ? t('adminUsers.suspendText') : t('adminUsers.reinstateText')}
      confirmLabel={isActive ? t('adminUsers.suspend') : t('adminUsers.reinstate')}
      tone={isActive ? 'danger' : 'primary'}
      fields={{ intent: isActive ? 'suspend' : 'reinstate', userId: user.id }}
    >
      <TextField
        name="reason"
        label={t('adminUsers.reason')}
        hint={t('adminUsers.reasonHint')}
        maxLength={500}
      />
    </ConfirmDialog>
  );
}

export interface UserTableProps {
  users: PublicUser[];
  query: string;
  /** Nobody can suspend themselves. */
  viewerId: string;
}

export function UserTable({ users, query, viewerId }: UserTableProps) {
  const { t } = useTranslation('account');
  const empty = query ? (
    <EmptyState icon={Users} title={t('adminUsers.noMatchTitle', { query })}>
      {t('adminUsers.noMatchText')}
    </EmptyState>
  ) : (
    <EmptyState icon={Users} title={t('adminUsers.emptyTitle')}>
      {t('adminUsers.emptyText')}
    </EmptyState>
  );
  return (
    <Table
      caption={t('adminUsers.title')}
      rows={users}
      rowKey={(user) => user.id}
      empty={empty}
      columns={[
        {
          key: 'user',
          header: t('adminUsers.user'),
          render: (user) => (
            <span className="grid">
              <span className="flex flex-wrap items-center gap-2 font-medium max-sm:justify-end">
                <span className="break-all">{user.displayName}</span>
                {user.isPlatformAdmin && <Badge tone="info">{t('adminUsers.administrator')}</Badge>}
              </span>
              <span className="text-muted break-all">{user.username}</span>
            </span>
          ),
        },
        {
          key: 'email',
          header: t('adminUsers.email'),
          priority: 'low',
          render: (user) => <span className="break-all">{user.email ?? t('adminUsers.noEmail')}</span>,
        },
        {
          key: 'status',
          header: t('adminUsers.status'),
          render: (user) => <StatusBadge noun="user" status={user.status} />,
        },
        {
          key: 'registered',
          header: t('adminUsers.registered'),
          priority: 'low',
          render: (user) => <DateTime value={user.createdAt} timeStyle={null} />,
        },
        {
          key: 'lastLogin',
          header: t('adminUsers.lastLogin'),
          render: (user) =>
            user.lastLoginAt ? <DateTime value={user.lastLoginAt} /> : t('adminUsers.never'),
        },
        {
          key: 'actions',
          header: t('adminUsers.actions'),
          align: 'end',
          render: (user) =>
            user.id === viewerId ? (
              <span className="text-muted">{t('adminUsers.you')}</span>
            ) : (
              <Moderation user={user} />
            ),
        },
      ]}
    />
  );
}
