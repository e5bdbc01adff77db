import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Link, useLoaderData } from '@remix-run/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { RequestReceipt } from '../../components/buyer/request-receipt.tsx';
import { RequestRouting } from '../../components/buyer/request-routing.tsx';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { Badge } from '../../components/ui/badge.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { Bytes, DateTime, Ms } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { getCall } from '../../domain/usage/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { ROUTING_STRATEGIES } from '../../lib/service-options.ts';

export const handle = { i18n: ['buyer', 'disputes', 'receipts'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => ({
    title: t('request.title'),
    call: await getCall(ctx, { perspective: 'buyer', requestId: args.params['id'] ?? '' }),
  }));
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export default function Request() {
  const { t } = useTranslation('buyer');
  const { call } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader
        title={t('request.title')}
        breadcrumbs={[{ to: '/buyer/usage', label: t('usage.title') }]}
        description={<code className="text-sm break-all">{call.requestId}</code>}
        actions={call.chargeNanos > 0n && <ReceiptLink requestId={call.requestId} />}
      />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Outcome />
        <Measures />
      </div>
      <RequestReceipt call={call} />
      {call.chargeNanos > 0n && <Contest requestId={call.requestId} />}
      <RequestRouting call={call} />
    </>
  );
}

function Contest({ requestId }: { requestId: string }) {
  const { t } = useTranslation('disputes');
  return (
    <p className="text-sm">
      <Link to={`/buyer/disputes?request=${requestId}`} className="text-link">
        {t('open.link')}
      </Link>
    </p>
  );
}

/** Calls that cost nothing have no receipt. */
function ReceiptLink({ requestId }: { requestId: string }) {
  const { t } = useTranslation('receipts');
  return (
    <ButtonLink to={`/receipts/${requestId}`} variant="secondary" size="sm">
      {t('link')}
    </ButtonLink>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="mb-3 min-w-0 wrap-anywhere sm:mb-0">{children}</dd>
    </>
  );
}

function Outcome() {
  const { t } = useTranslation('buyer');
  const { call } = useLoaderData<typeof loader>();
  const { trace } = call;
  return (
    <Card>
      <CardHeader title={t('request.outcome')} />
      <CardBody>
        <dl className="grid gap-x-6 gap-y-0.5 text-sm sm:grid-cols-[auto_1fr] sm:gap-y-2">
          <Fact label={t('usage.call.status')}>
            <Badge tone={call.fault === 'none' ? 'success' : call.fault === 'buyer' ? 'warning' : 'danger'}>
              {call.method} {call.statusCode}
            </Badge>
          </Fact>
          <Fact label={t('request.state')}>{t(`request.states.${call.terminalState}`)}</Fact>
          {call.fault !== 'none' && (
            <Fact label={t('usage.call.fault')}>{t(`usage.fault.${call.fault}`)}</Fact>
          )}
          {call.errorCode && (
            <Fact label={t('request.error')}>
              <Link to={`/docs/errors#${call.errorCode}`} className="text-link">
                <code>{call.errorCode}</code>
              </Link>
            </Fact>
          )}
          <Fact label={t('request.when')}>
            <DateTime value={call.occurredAt} timeStyle="medium" />
          </Fact>
          <Fact label={t('request.service')}>
            <Link to={`/services/${call.serviceSlug}`} className="text-link">
              {call.serviceName}
            </Link>
          </Fact>
          <Fact label={t('request.key')}>
            <Link to={`/buyer/keys/${call.keyId}`} className="text-link">
              {call.keyName ?? call.keyId}
            </Link>
          </Fact>
          {trace?.path && (
            <Fact label={t('request.path')}>
              <code>{trace.path}</code>
            </Fact>
          )}
          {call.model && <Model />}
          {trace?.dialects && (
            <Fact label={t('request.dialects')}>
              {t('request.dialectsValue', { caller: trace.dialects[0], upstream: trace.dialects[1] })}
            </Fact>
          )}
          {trace?.strategy && (
            <Fact label={t('request.strategy')}>
              <Strategy name={trace.strategy} />
            </Fact>
          )}
          {trace?.droppedParams && trace.droppedParams.length > 0 && (
            <Fact label={t('request.dropped')}>
              <code>{trace.droppedParams.join(', ')}</code>
            </Fact>
          )}
        </dl>
      </CardBody>
    </Card>
  );
}

/** Of the service, or the order that the caller asked for. */
const STRATEGIES = [...ROUTING_STRATEGIES, 'price', 'latency', 'throughput'] as const;

function Strategy({ name }: { name: string }) {
  const { t } = useTranslation('buyer');
  const known = STRATEGIES.find((one) => one === name);
  return known ? <>{t(`request.strategies.${known}`)}</> : <code>{name}</code>;
}

function Model() {
  const { t } = useTranslation('buyer');
  const { call } = useLoaderData<typeof loader>();
  const requested = call.trace?.requestedModel;
  const notes = [
    requested && requested !== call.model && t('request.requested', { model: requested }),
    call.servedModel && call.servedModel !== call.model && t('request.served', { model: call.servedModel }),
  ].filter(Boolean);
  return (
    <Fact label={t('request.model')}>
      {call.model}
      {notes.length > 0 && <span className="text-muted block text-xs">{notes.join(', ')}</span>}
    </Fact>
  );
}

function Measures() {
  const { t } = useTranslation('buyer');
  const { number } = useFormats();
  const { call } = useLoaderData<typeof loader>();
  const conversation = call.trace?.conversation;
  return (
    <Card>
      <CardHeader title={t('request.timings')} />
      <CardBody>
        <dl className="grid gap-x-6 gap-y-0.5 text-sm sm:grid-cols-[auto_1fr] sm:gap-y-2">
          <Fact label={t('request.firstByte')}>
            {call.firstByteMs === null ? t('usage.none') : <Ms value={call.firstByteMs} />}
          </Fact>
          <Fact label={t('request.total')}>
            <Ms value={call.totalMs} />
          </Fact>
          <Fact label={t('request.sizes')}>
            <Bytes value={call.requestBytes} /> / <Bytes value={call.responseBytes} />
          </Fact>
          <Fact label={t('request.streamed')}>{t(call.streamed ? 'request.yes' : 'request.no')}</Fact>
          {call.inputTokens !== null && (
            <Fact label={t('request.tokens')}>
              {t('request.tokensValue', {
                input: number(call.inputTokens),
                output: number(call.outputTokens ?? 0),
              })}
              <TokenNotes />
            </Fact>
          )}
          {call.cache && (
            <Fact label={t('request.cache')}>
              {t(call.trace?.coalesced ? 'request.coalesced' : `request.cacheResult.${call.cache}`)}
            </Fact>
          )}
          {conversation && (
            <Fact label={t('request.conversation')}>
              <Link to={`/buyer/conversations/${encodeURIComponent(conversation)}`} className="text-link">
                {conversation}
              </Link>
            </Fact>
          )}
        </dl>
      </CardBody>
    </Card>
  );
}

function TokenNotes() {
  const { t } = useTranslation('buyer');
  const { call } = useLoaderData<typeof loader>();
  const notes = [
    call.cachedInputTokens && t('request.tokensCached', { count: call.cachedInputTokens }),
    call.reasoningTokens && t('request.tokensReasoning', { count: call.reasoningTokens }),
    call.usageSource === 'estimated' && t('request.estimated'),
  ].filter(Boolean);
  if (notes.length === 0) return null;
  return <span className="text-muted block text-xs">{notes.join(', ')}</span>;
}
