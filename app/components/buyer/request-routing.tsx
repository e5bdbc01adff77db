import { useTranslation } from 'react-i18next';
import type { ExplainedCall } from '../../domain/usage/index.ts';
import { Badge } from '../ui/badge.tsx';
import { Card } from '../ui/card.tsx';
import { Ms, Num } from '../ui/format.tsx';
import { Section } from '../ui/page.tsx';
import { Table, type Column } from '../ui/table.tsx';

type Trace = NonNullable<ExplainedCall['trace']>;
type Attempt = NonNullable<Trace['attempts']>[number] & { number: number };
type PassedOver = NonNullable<Trace['passedOver']>[number];
type Limit = NonNullable<Trace['limits']>[number];

/** Who was asked and who was not, and what was checked before; calls without incidents have little of it. */
export function RequestRouting({ call }: { call: ExplainedCall }) {
  const { trace, upstreamNames } = call;
  const nameOf = (id: string) => upstreamNames[id] || id;
  const { attempts = [], passedOver = [], limits = [] } = trace ?? {};
  return (
    <>
      {attempts.length > 0 && <Attempts attempts={attempts} nameOf={nameOf} />}
      {passedOver.length > 0 && <PassedOverTable candidates={passedOver} nameOf={nameOf} />}
      {limits.length > 0 && <LimitsTable limits={limits} />}
    </>
  );
}

type NameOf = (upstreamId: string) => string;

/** Why a candidate was not tried, as far as we have words for it. */
const REASONS = [
  ...(['unauthorized', 'disabled', 'cooling', 'breaker_open', 'busy', 'rate_limited'] as const),
  ...(['excluded', 'max_price', 'conversion', 'too_large', 'no_egress'] as const),
] as const;
/** Whose limit: the first part of its name. */
const OWNERS = ['org', 'key', 'plan', 'model'] as const;

function Attempts({ attempts, nameOf }: { attempts: Trace['attempts'] & object; nameOf: NameOf }) {
  const { t } = useTranslation('buyer');
  const columns: Column<Attempt>[] = [
    { key: 'number', header: t('request.attempt'), render: (one) => <Num value={one.number} /> },
    { key: 'upstream', header: t('request.upstream'), render: (one) => nameOf(one.upstreamId) },
    { key: 'model', header: t('request.model'), render: (one) => one.model ?? t('usage.none') },
    {
      key: 'result',
      header: t('request.result'),
      render: (one) => (
        <Badge tone={one.failed ? 'danger' : 'success'}>
          {[one.status, one.failed].filter(Boolean).join(' ')}
        </Badge>
      ),
    },
    { key: 'ms', header: t('request.total'), align: 'end', render: (one) => <Ms value={one.ms} /> },
  ];
  return (
    <Section title={t('request.attempts')} description={t('request.attemptsText')}>
      <Card>
        <Table
          caption={t('request.attempts')}
          columns={columns}
          rows={attempts.map((one, i) => ({ ...one, number: i + 1 }))}
          rowKey={(one) => `${one.number}`}
        />
      </Card>
    </Section>
  );
}

function PassedOverTable({ candidates, nameOf }: { candidates: PassedOver[]; nameOf: NameOf }) {
  const { t } = useTranslation('buyer');
  const columns: Column<PassedOver>[] = [
    { key: 'upstream', header: t('request.upstream'), render: (one) => nameOf(one.upstreamId) },
    { key: 'reason', header: t('request.reason'), render: ({ reason }) => <ReasonText reason={reason} /> },
  ];
  return (
    <Section title={t('request.passedOver')}>
      <Card>
        <Table
          caption={t('request.passedOver')}
          columns={columns}
          rows={candidates}
          rowKey={(one) => `${one.upstreamId} ${one.credentialId ?? ''} ${one.reason}`}
        />
      </Card>
    </Section>
  );
}

function ReasonText({ reason }: { reason: string }) {
  const { t } = useTranslation('buyer');
  const known = REASONS.find((one) => one === reason);
  return known ? <>{t(`request.reasons.${known}`)}</> : <code>{reason}</code>;
}

/** `plan-tokens-day` in words. */
function LimitName({ name }: { name: string }) {
  const { t } = useTranslation('buyer');
  const [whose, ...units] = name.split('-');
  const owner = OWNERS.find((one) => one === whose);
  if (!owner) return <code>{name}</code>;
  return (
    <>
      {t(units.includes('tokens') ? 'request.limitTokens' : 'request.limitRequests', {
        owner: t(`request.limitOf.${owner}`),
      })}
    </>
  );
}

function LimitsTable({ limits }: { limits: Limit[] }) {
  const { t } = useTranslation('buyer');
  const columns: Column<Limit>[] = [
    { key: 'name', header: t('request.limit'), render: ({ name }) => <LimitName name={name} /> },
    { key: 'limit', header: t('request.quantity'), align: 'end', render: (one) => <Num value={one.limit} /> },
    {
      key: 'remaining',
      header: t('request.remaining'),
      align: 'end',
      render: (one) => <Num value={one.remaining} />,
    },
    {
      key: 'window',
      header: t('request.window'),
      align: 'end',
      render: (one) => <Ms value={one.windowSeconds * 1_000} />,
    },
  ];
  return (
    <Section title={t('request.limits')}>
      <Card>
        <Table
          caption={t('request.limits')}
          columns={columns}
          rows={limits}
          rowKey={(one) => `${one.name} ${one.windowSeconds}`}
        />
      </Card>
    </Section>
  );
}
