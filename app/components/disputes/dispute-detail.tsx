import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DisputeDetail as Detail } from '../../domain/disputes/index.ts';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { DateTime, Money, Num } from '../ui/format.tsx';
import { DisputeEvidence } from './dispute-evidence.tsx';
import { DisputeStatus } from './disputes-table.tsx';

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="mb-2 min-w-0 wrap-anywhere sm:mb-0">{children}</dd>
    </>
  );
}

/** What a dispute is about, what both sides say, and the evidence; the same for everybody. */
export function DisputeDetail({ dispute }: { dispute: Detail }) {
  return (
    <>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Facts dispute={dispute} />
        <Story dispute={dispute} />
      </div>
      <DisputeEvidence calls={dispute.callList} />
    </>
  );
}

function Facts({ dispute }: { dispute: Detail }) {
  const { t } = useTranslation('disputes');
  return (
    <Card>
      <CardHeader title={t('detail.facts')} />
      <CardBody>
        <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[auto_1fr]">
          <Fact label={t('column.status')}>
            <DisputeStatus status={dispute.status} />
          </Fact>
          <Fact label={t('column.reason')}>{t(`reason.${dispute.reason}`)}</Fact>
          <Fact label={t('column.buyer')}>{dispute.buyerName}</Fact>
          <Fact label={t('column.seller')}>{dispute.sellerName}</Fact>
          <Fact label={t('column.calls')}>
            <Num value={dispute.calls} />
          </Fact>
          <Fact label={t('column.amount')}>
            <Money nanos={dispute.disputedNanos} />
          </Fact>
          <Fact label={t('column.refunded')}>
            <Money nanos={dispute.refundedNanos} />
          </Fact>
          <Fact label={t('column.opened')}>
            <DateTime value={dispute.createdAt} />
          </Fact>
          {dispute.status === 'open' && dispute.sellerAnswer === null && (
            <Fact label={t('detail.answerBy')}>
              <DateTime value={dispute.answerBy} />
            </Fact>
          )}
          <Fact label={t('detail.suggestion')}>{t(`suggestion.${dispute.suggestion}`)}</Fact>
        </dl>
      </CardBody>
    </Card>
  );
}

function Story({ dispute }: { dispute: Detail }) {
  const { t } = useTranslation('disputes');
  return (
    <Card>
      <CardHeader title={t('detail.story')} />
      <CardBody className="grid gap-4 text-sm">
        <Saying who={t('detail.buyerSays')} text={dispute.description} />
        {dispute.sellerAnswer !== null && <Saying who={t('detail.sellerSays')} text={dispute.sellerAnswer} />}
        {dispute.decision && <Saying who={t('detail.decision')} text={dispute.decision} />}
      </CardBody>
    </Card>
  );
}

function Saying({ who, text }: { who: string; text: string }) {
  const { t } = useTranslation('disputes');
  return (
    <div>
      <p className="text-muted">{who}</p>
      <p className="mt-1 wrap-anywhere whitespace-pre-line">{text || t('detail.nothing')}</p>
    </div>
  );
}
