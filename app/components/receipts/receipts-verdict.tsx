import { useTranslation } from 'react-i18next';
import { formatMoney } from '../../lib/money.ts';
import type { ReceiptChain, ReceiptsVerdict } from '../../lib/verify-receipts.ts';
import { Alert } from '../ui/alert.tsx';
import { Card, CardHeader } from '../ui/card.tsx';
import { Money, Num } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';

/** Problems shown; thousands of them say no more than a hundred. */
const MAX_PROBLEMS = 100;

export interface ReceiptsVerdictViewProps {
  verdict: ReceiptsVerdict;
  isPartial: boolean;
}

/** What checking receipts came to, in words. */
export function ReceiptsVerdictView({ verdict, isPartial }: ReceiptsVerdictViewProps) {
  const { t } = useTranslation('receipts');
  const { locale, currency } = useViewerPreferences();
  const { ok, problems, chains, receipts, chargeNanos } = verdict;
  const facts = {
    count: receipts,
    amount: formatMoney(chargeNanos, currency, locale),
  };
  return (
    <div className="grid gap-6" role="status">
      <Alert tone={ok ? 'success' : 'danger'} title={ok ? t('genuine') : t('notGenuine')}>
        {!ok && t('notGenuineText')}
        {ok && (isPartial ? t('genuinePartialText', facts) : t('genuineText', facts))}
      </Alert>
      {problems.length > 0 && (
        <Card>
          <CardHeader title={t('problems')} />
          <Table
            caption={t('problems')}
            rows={problems
              .slice(0, MAX_PROBLEMS)
              .map((problem, index) => ({ ...problem, key: String(index) }))}
            rowKey={({ key }) => key}
            columns={[
              { key: 'line', header: t('problemLine') },
              {
                key: 'request',
                header: t('problemRequest'),
                render: ({ requestId }) => (
                  <code className="text-xs wrap-anywhere">{requestId ?? t('noRequest')}</code>
                ),
              },
              { key: 'what', header: t('problemWhat'), render: ({ code }) => t(`problem.${code}`) },
            ]}
          />
        </Card>
      )}
      {ok && <Chains chains={chains} />}
    </div>
  );
}

function Chains({ chains }: { chains: readonly ReceiptChain[] }) {
  const { t } = useTranslation('receipts');
  return (
    <Card>
      <CardHeader title={t('chains')} />
      <Table
        caption={t('chains')}
        rows={chains}
        rowKey={({ keyId }) => keyId}
        columns={[
          {
            key: 'keyId',
            header: t('chain.key'),
            render: ({ keyId }) => <code className="text-xs wrap-anywhere">{keyId}</code>,
          },
          {
            key: 'receipts',
            header: t('chain.receipts'),
            align: 'end',
            render: (chain) => <Num value={chain.receipts} />,
          },
          {
            key: 'places',
            header: t('chain.places'),
            align: 'end',
            render: ({ firstSequence, lastSequence }) =>
              t('chain.placesValue', { first: firstSequence, last: lastSequence }),
          },
          {
            key: 'charged',
            header: t('chain.charged'),
            align: 'end',
            render: ({ chargeNanos }) => <Money nanos={chargeNanos} />,
          },
        ]}
      />
    </Card>
  );
}
