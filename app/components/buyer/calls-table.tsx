import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call } from '../../domain/usage/index.ts';
import { Badge } from '../ui/badge.tsx';
import { DateTime, Money, Ms, Num } from '../ui/format.tsx';
import { Table, type Column } from '../ui/table.tsx';

type CallRow = Pick<
  Call,
  | 'requestId'
  | 'occurredAt'
  | 'serviceName'
  | 'keyName'
  | 'method'
  | 'model'
  | 'statusCode'
  | 'fault'
  | 'errorCode'
  | 'totalMs'
  | 'inputTokens'
  | 'outputTokens'
  | 'chargeNanos'
>;

export interface CallsTableProps {
  caption: string;
  calls: readonly CallRow[];
  empty: ReactNode;
}

/** Single calls: what came back, whose fault a failure was, and what it cost. */
export function CallsTable({ caption, calls, empty }: CallsTableProps) {
  const { t } = useTranslation('buyer');
  const columns: Column<CallRow>[] = [
    {
      key: 'occurredAt',
      header: t('usage.call.when'),
      render: (call) => (
        <>
          <Link to={`/buyer/requests/${call.requestId}`} className="text-link block whitespace-nowrap">
            <DateTime value={call.occurredAt} timeStyle="medium" />
          </Link>
          <code className="text-muted block text-xs whitespace-nowrap">{call.requestId}</code>
        </>
      ),
    },
    {
      key: 'service',
      header: t('usage.call.api'),
      render: (call) => (
        <>
          <span className="block min-w-24">{call.serviceName}</span>
          <span className="text-muted block text-xs">
            {[call.model, call.keyName].filter(Boolean).join(' · ')}
          </span>
        </>
      ),
    },
    {
      key: 'status',
      header: t('usage.call.status'),
      render: (call) => (
        <>
          <Badge tone={call.fault === 'none' ? 'success' : call.fault === 'buyer' ? 'warning' : 'danger'}>
            {call.method} {call.statusCode}
          </Badge>
          {call.fault !== 'none' && (
            <span className="mt-1 block text-xs">
              <span className="text-muted">{t('usage.call.fault')}</span> {t(`usage.fault.${call.fault}`)}
            </span>
          )}
          {call.errorCode && <code className="text-muted block text-xs">{call.errorCode}</code>}
        </>
      ),
    },
    {
      key: 'latency',
      header: t('usage.call.latency'),
      align: 'end',
      render: (call) => <Ms value={call.totalMs} />,
    },
    {
      key: 'tokens',
      header: t('usage.call.tokens'),
      align: 'end',
      priority: 'low',
      render: (call) =>
        call.inputTokens === null && call.outputTokens === null ? (
          t('usage.none')
        ) : (
          <Num value={(call.inputTokens ?? 0) + (call.outputTokens ?? 0)} />
        ),
    },
    {
      key: 'cost',
      header: t('usage.call.cost'),
      align: 'end',
      render: (call) => <Money nanos={call.chargeNanos} />,
    },
  ];
  return (
    <Table caption={caption} columns={columns} rows={calls} rowKey={(call) => call.requestId} empty={empty} />
  );
}
