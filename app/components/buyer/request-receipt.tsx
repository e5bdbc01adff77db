import { useTranslation } from 'react-i18next';
import type { ExplainedCall, PriceLine } from '../../domain/usage/index.ts';
import { Alert } from '../ui/alert.tsx';
import { Card, CardBody } from '../ui/card.tsx';
import { Money, Num } from '../ui/format.tsx';
import { Section } from '../ui/page.tsx';
import { Table, type Column } from '../ui/table.tsx';

const MILLION = 1_000_000n;

/** What a call cost and why: quantity times price, line by line, down to what was charged. */
export function RequestReceipt({ call }: { call: ExplainedCall }) {
  const { t } = useTranslation('buyer');
  const { currency } = call;
  const columns: Column<PriceLine>[] = [
    { key: 'meter', header: t('request.meter'), render: (line) => t(`common:meter.${line.meter}`) },
    {
      key: 'quantity',
      header: t('request.quantity'),
      align: 'end',
      render: (line) => <Num value={line.quantity} />,
    },
    {
      key: 'price',
      header: t('request.price'),
      align: 'end',
      render: (line) => {
        // Prices below a billionth of a dollar can be told only for a million.
        const isForOne = line.meter === 'call' && line.nanosPerMillion % MILLION === 0n;
        const nanos = isForOne ? line.nanosPerMillion / MILLION : line.nanosPerMillion;
        return (
          <>
            <Money nanos={nanos} currency={currency} />{' '}
            <span className="text-muted">{t(isForOne ? 'request.perCall' : 'request.perMillion')}</span>
          </>
        );
      },
    },
    {
      key: 'amount',
      header: t('request.amount'),
      align: 'end',
      render: (line) => <Money nanos={line.amountNanos} currency={currency} />,
    },
  ];
  return (
    <Section title={t('request.receipt')} description={t('request.receiptText', { plan: call.planName })}>
      <Card>
        <Table
          caption={t('request.receipt')}
          columns={columns}
          rows={call.lines}
          rowKey={(line) => `${line.meter} ${line.nanosPerMillion}`}
          empty={<p className="text-muted p-5 text-sm sm:px-6">{t('request.free')}</p>}
        />
        <CardBody className="border-line grid gap-4 border-t">
          {call.chargeDifference && (
            <Alert tone="info">{t(`request.difference.${call.chargeDifference}`)}</Alert>
          )}
          <dl className="tnum grid grid-cols-[1fr_auto] gap-x-6 gap-y-1.5 text-sm">
            {call.lines.length > 1 && (
              <>
                <dt className="text-muted">{t('request.sum')}</dt>
                <dd className="text-end">
                  <Money nanos={call.computedNanos} currency={currency} />
                </dd>
              </>
            )}
            <dt className="text-base font-semibold">{t('request.charged')}</dt>
            <dd className="text-end text-base font-semibold">
              <Money nanos={call.chargeNanos} currency={currency} />
            </dd>
          </dl>
        </CardBody>
      </Card>
    </Section>
  );
}
