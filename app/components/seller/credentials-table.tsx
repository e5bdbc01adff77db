import { Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { OwnCredential } from '../../domain/credentials/index.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { DateTime, Num } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';
import { HealthBadge } from './health-badge.tsx';

/** The label of a credential, or its place in the pool. */
export function useCredentialName(): (credential: OwnCredential, position: number) => string {
  const { t } = useTranslation('seller');
  return ({ label }, position) => label || t('pool.unnamed', { number: position + 1 });
}

/** The pool of an upstream: how every key is, and the way to change it. */
export function CredentialsTable({ credentials }: { credentials: OwnCredential[] }) {
  const { t } = useTranslation('seller');
  const nameOf = useCredentialName();
  const positions = new Map(credentials.map(({ id }, index) => [id, index]));
  return (
    <Table
      caption={t('pool.title')}
      rows={credentials}
      rowKey={(credential) => credential.id}
      empty={<EmptyState title={t('pool.emptyTitle')}>{t('pool.emptyText')}</EmptyState>}
      columns={[
        {
          key: 'label',
          header: t('pool.key'),
          render: (credential) => (
            <>
              <Link className="text-link font-medium" to={`?key=${credential.id}#key`} preventScrollReset>
                {nameOf(credential, positions.get(credential.id) ?? 0)}
              </Link>
              <span className="text-muted block text-xs">
                {credential.parameterName ?? t(`placementShort.${credential.placement}`)}
              </span>
            </>
          ),
        },
        {
          key: 'health',
          header: t('pool.health'),
          render: (credential) => (
            <span className="inline-flex flex-col items-start gap-1 max-sm:items-end">
              <HealthBadge
                health={credential.health}
                refused={credential.disabledReason !== null && credential.disabledReason !== 'manual'}
              />
              <HealthDetail credential={credential} />
            </span>
          ),
        },
        {
          key: 'weight',
          header: t('upstream.weight'),
          align: 'end',
          render: (credential) => <Num value={credential.weight} />,
        },
        {
          key: 'lastUsedAt',
          header: t('pool.lastUsed'),
          priority: 'low',
          render: ({ lastUsedAt }) =>
            lastUsedAt ? (
              <DateTime value={lastUsedAt} />
            ) : (
              <span className="text-muted">{t('pool.never')}</span>
            ),
        },
        {
          key: 'secretSetAt',
          header: t('pool.setOn'),
          priority: 'low',
          render: ({ secretSetAt }) => secretSetAt && <DateTime value={secretSetAt} timeStyle={null} />,
        },
      ]}
    />
  );
}

const SHOWN_MODELS = 3;

/** Why a key is not simply ready. */
function HealthDetail({ credential }: { credential: OwnCredential }) {
  const { t } = useTranslation('seller');
  const { health, coolingUntil, restingModels, lastFailure, lastFailureAt } = credential;
  if (health === 'cooling' && coolingUntil) {
    return (
      <span className="text-muted text-xs">
        {t('pool.coolingUntil')} <DateTime value={coolingUntil} timeStyle="medium" />
      </span>
    );
  }
  if (health === 'ready' && restingModels.length > 0) {
    return (
      <ul className="text-muted text-xs">
        {restingModels.slice(0, SHOWN_MODELS).map(({ model, until }) => (
          <li key={model}>
            <span className="break-all">{model}</span>: {t('pool.restsUntil')}{' '}
            <DateTime value={until} timeStyle="medium" />
          </li>
        ))}
        {restingModels.length > SHOWN_MODELS && (
          <li>{t('pool.moreModels', { count: restingModels.length - SHOWN_MODELS })}</li>
        )}
      </ul>
    );
  }
  if (!lastFailure) return null;
  return (
    <span className="text-muted text-xs">
      {t('pool.lastFailure', { status: lastFailure })}{' '}
      {lastFailureAt && <DateTime value={lastFailureAt} dateStyle="short" />}
    </span>
  );
}
