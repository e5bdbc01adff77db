import { useTranslation } from 'react-i18next';
import type { Meter, PreviewOutcome, WorkedExample } from '../../domain/plans/index.ts';
import { feeOf } from '../../lib/money.ts';
import { Alert } from '../ui/alert.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { DateTime, Money, Num } from '../ui/format.tsx';
import { Table } from '../ui/table.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { usePrices } from './use-prices.ts';
import { numberFormat } from '../../lib/intl.ts';

const ANY_CALL = { model: '*', fromUnits: 0, fromContextTokens: 0 };

export interface PriceOutlookProps {
  example: WorkedExample | undefined;
  outcome: PreviewOutcome | undefined;
  feeBasisPoints: number;
}

/** What a price means: a buyer's month worked through, and the last 30 days priced again. */
export function PriceOutlook({ example, outcome, feeBasisPoints }: PriceOutlookProps) {
  const { t } = useTranslation('pricing');
  return (
    <div className="grid min-w-0 gap-6" aria-live="polite">
      <Card>
        <CardHeader title={t('example.title')} description={t('example.description')} />
        {example ? (
          <Example example={example} feeBasisPoints={feeBasisPoints} />
        ) : (
          <CardBody>
            <p className="text-muted text-sm">{t('example.waiting')}</p>
          </CardBody>
        )}
      </Card>
      {outcome && (
        <Card>
          <CardHeader title={t('replay.title')} description={t('replay.description')} />
          <Replay outcome={outcome} />
        </Card>
      )}
    </div>
  );
}

function Example({ example, feeBasisPoints }: { example: WorkedExample; feeBasisPoints: number }) {
  const { t } = useTranslation(['pricing', 'common']);
  const { locale, currency } = useViewerPreferences();
  const prices = usePrices();
  const number = numberFormat(locale);
  const { lines, feeNanos, interval, totalNanos, refusedCalls, model } = example;
  const facts = {
    calls: number.format(example.calls),
    input: number.format(example.inputTokens),
    output: number.format(example.outputTokens),
  };
  const rows: {
    key: string;
    meter: Meter | null;
    quantity: number;
    included: number;
    price: bigint;
    amount: bigint;
  }[] = [
    ...(interval === null
      ? []
      : [{ key: 'fee', meter: null, quantity: 1, included: 0, price: feeNanos, amount: feeNanos }]),
    ...lines.map((line) => ({
      key: `${line.meter} ${line.nanosPerMillion}`,
      meter: line.meter,
      quantity: line.quantity,
      included: line.included,
      price: line.nanosPerMillion,
      amount: line.amountNanos,
    })),
  ];
  return (
    <>
      <CardBody className="text-sm">
        <p>{t(example.inputTokens > 0 ? 'example.usageTokens' : 'example.usageCalls', facts)}</p>
        {model !== null && <p className="text-muted">{t('example.model', { model })}</p>}
      </CardBody>
      <Table
        caption={t('example.title')}
        rows={rows}
        rowKey={({ key }) => key}
        empty={<p className="text-muted px-5 pb-5 text-sm sm:px-6">{t('example.nothing')}</p>}
        columns={[
          {
            key: 'meter',
            header: t('example.what'),
            render: ({ meter }) =>
              meter === null
                ? t(interval === 'year' ? 'example.feeYear' : 'example.feeMonth')
                : t(`common:meter.${meter}`),
          },
          {
            key: 'quantity',
            header: t('example.quantity'),
            align: 'end',
            render: ({ quantity, included }) => (
              <>
                <Num value={quantity} />
                {included > 0 && (
                  <span className="text-muted block text-xs">
                    {t('example.included', { units: number.format(included) })}
                  </span>
                )}
              </>
            ),
          },
          {
            key: 'price',
            header: t('table.price'),
            align: 'end',
            render: ({ meter, price }) =>
              meter === null
                ? null
                : prices.unit({ currency }, { ...ANY_CALL, meter, nanosPerMillion: price }),
          },
          {
            key: 'amount',
            header: t('example.amount'),
            align: 'end',
            render: ({ amount }) => <Money nanos={amount} />,
          },
        ]}
      />
      <CardBody className="border-line grid gap-3 border-t">
        <dl className="tnum grid grid-cols-[1fr_auto] gap-x-6 gap-y-1.5 text-sm">
          <dt className="font-semibold">{t('example.pays')}</dt>
          <dd className="text-end font-semibold">
            <Money nanos={totalNanos} />
          </dd>
          <dt className="text-muted">{t('example.receive')}</dt>
          <dd className="text-end">
            <Money nanos={totalNanos - feeOf(totalNanos, feeBasisPoints)} />
          </dd>
        </dl>
        {refusedCalls > 0 && (
          <Alert tone="info">
            {t('example.refused', { count: refusedCalls, calls: number.format(refusedCalls) })}
          </Alert>
        )}
      </CardBody>
    </>
  );
}

function Replay({ outcome }: { outcome: PreviewOutcome }) {
  const { t } = useTranslation('pricing');
  if (outcome.status === 'too_much') {
    return (
      <CardBody>
        <Alert tone="warning">{t('replay.tooMuch', { count: outcome.maxCalls })}</Alert>
      </CardBody>
    );
  }
  const { preview } = outcome;
  if (preview.calls === 0) {
    return (
      <CardBody>
        <p className="text-muted text-sm">{t('replay.none')}</p>
      </CardBody>
    );
  }
  const facts: [string, React.ReactNode][] = [
    [t('replay.calls'), <Num key="calls" value={preview.calls} />],
    [t('replay.then'), <Money key="then" nanos={preview.thenNanos} />],
    [t('replay.now'), <Money key="now" nanos={preview.nowNanos} />],
    [t('replay.difference'), <Money key="difference" nanos={preview.nowNanos - preview.thenNanos} />],
    [t('replay.buyers'), <Num key="buyers" value={preview.buyers} />],
    [t('replay.payMore'), <Num key="more" value={preview.paysMore} />],
    [t('replay.payLess'), <Num key="less" value={preview.paysLess} />],
    [t('replay.stopped'), <Num key="stopped" value={preview.stoppedBuyers} />],
    [t('replay.refused'), <Num key="refused" value={preview.refusedCalls} />],
    [t('replay.unpriced'), <Num key="unpriced" value={preview.unpricedCalls} />],
  ];
  return (
    <CardBody className="grid gap-3">
      <p className="text-muted text-sm">
        <DateTime value={preview.from} timeStyle={null} /> – <DateTime value={preview.to} timeStyle={null} />
      </p>
      <dl className="tnum grid grid-cols-[1fr_auto] gap-x-6 gap-y-1.5 text-sm">
        {facts.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="text-end font-medium">{value}</dd>
          </div>
        ))}
      </dl>
      {preview.check.calls > 0 && (
        <p className="text-muted text-sm">
          {t(preview.check.chargedNanos === preview.check.replayedNanos ? 'replay.exact' : 'replay.inexact')}
        </p>
      )}
    </CardBody>
  );
}
