import { useTranslation } from 'react-i18next';
import type { DisputeDetail } from '../../domain/disputes/index.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { Badge } from '../ui/badge.tsx';
import { Card } from '../ui/card.tsx';
import { Bytes, DateTime, Money, Ms } from '../ui/format.tsx';
import { Section } from '../ui/page.tsx';
import { Table, type Column } from '../ui/table.tsx';

type DisputedCall = DisputeDetail['callList'][number];

/** What was recorded of each contested call. */
export function DisputeEvidence({ calls }: { calls: readonly DisputedCall[] }) {
  const { t } = useTranslation('disputes');
  const columns: Column<DisputedCall>[] = [
    {
      key: 'call',
      header: t('evidence.call'),
      render: ({ requestId, evidence }) => (
        <>
          <code className="block text-xs break-all">{requestId}</code>
          <span className="text-muted block text-xs">
            <DateTime value={evidence.occurredAt} timeStyle="medium" />
          </span>
          <Likeness evidence={evidence} />
        </>
      ),
    },
    {
      key: 'outcome',
      header: t('evidence.outcome'),
      render: ({ evidence }) => (
        <>
          <Badge
            tone={evidence.fault === 'none' ? 'success' : evidence.fault === 'buyer' ? 'warning' : 'danger'}
          >
            {evidence.method} {evidence.statusCode}
          </Badge>
          <code className="text-muted mt-1 block text-xs">
            {evidence.errorCode ?? evidence.terminalState}
          </code>
        </>
      ),
    },
    {
      key: 'time',
      header: t('evidence.time'),
      align: 'end',
      render: ({ evidence }) => (
        <>
          {evidence.firstByteMs === null ? t('evidence.none') : <Ms value={evidence.firstByteMs} />}
          {' / '}
          <Ms value={evidence.totalMs} />
        </>
      ),
    },
    {
      key: 'size',
      header: t('evidence.size'),
      align: 'end',
      render: ({ evidence }) => <Size evidence={evidence} />,
    },
    {
      key: 'receipt',
      header: t('evidence.receipt'),
      priority: 'low',
      render: ({ evidence }) => (
        <code className="text-xs">{evidence.receiptHash?.slice(0, 12) ?? t('evidence.none')}</code>
      ),
    },
    {
      key: 'charge',
      header: t('evidence.charge'),
      align: 'end',
      render: ({ chargeNanos, refundId }) => (
        <>
          <Money nanos={chargeNanos} />
          {refundId && <span className="text-success block text-xs">{t('evidence.refunded')}</span>}
        </>
      ),
    },
  ];
  return (
    <Section title={t('evidence.title')} description={t('evidence.text')}>
      <Card>
        <Table
          caption={t('evidence.title')}
          columns={columns}
          rows={calls}
          rowKey={(call) => call.requestId}
        />
      </Card>
    </Section>
  );
}

function Likeness({ evidence }: Pick<DisputedCall, 'evidence'>) {
  const { t } = useTranslation('disputes');
  const { duplicateOf, similarCalls } = evidence;
  if (duplicateOf === null && similarCalls === 0) return null;
  return (
    <span className="text-muted block text-xs break-all">
      {duplicateOf === null
        ? t('evidence.similar', { count: similarCalls })
        : t('evidence.duplicate', { id: duplicateOf })}
    </span>
  );
}

function Size({ evidence }: Pick<DisputedCall, 'evidence'>) {
  const { t } = useTranslation('disputes');
  const { number } = useFormats();
  return (
    <>
      <Bytes value={evidence.responseBytes} />
      {evidence.inputTokens !== null && (
        <span className="text-muted block text-xs">
          {t('evidence.tokens', {
            input: number(evidence.inputTokens),
            output: number(evidence.outputTokens ?? 0),
          })}
        </span>
      )}
    </>
  );
}
