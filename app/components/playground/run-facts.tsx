import { Link } from '@remix-run/react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parseDecimal } from '../../lib/money.ts';
import { Alert } from '../ui/alert.tsx';
import { Badge, type BadgeTone } from '../ui/badge.tsx';
import { Bytes, Money, Ms, Num } from '../ui/format.tsx';
import type { Run, RunState } from './use-run.ts';

const TONES: Record<Exclude<RunState, 'idle'>, BadgeTone> = {
  running: 'info',
  done: 'success',
  canceled: 'warning',
  failed: 'danger',
};
const STILL_WAITING_MS = 3_000;
const TICK_MS = 100;

/** Milliseconds since `running` began; stands still otherwise. */
function useElapsed(running: boolean): number {
  const [elapsed, setElapsed] = useState(0);
  useEffect(() => {
    if (!running) return;
    const startedAt = performance.now();
    setElapsed(0);
    const timer = setInterval(() => setElapsed(performance.now() - startedAt), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  return elapsed;
}

export interface RunFactsProps {
  run: Run;
  /** As the answer states them; the receipt's count when it is there. */
  tokens?: { input: number | null; output: number | null };
}

/** State, times, tokens, cost and the way to the details of one run. */
export function RunFacts({ run, tokens }: RunFactsProps) {
  const { t } = useTranslation('buyer');
  const elapsed = useElapsed(run.state === 'running');
  if (run.state === 'idle') return null;
  const { receipt } = run;
  const input = receipt?.inputTokens ?? tokens?.input ?? null;
  const output = receipt?.outputTokens ?? tokens?.output ?? null;
  const charged = receipt ? parseDecimal(receipt.charged) : null;
  const isSilent = run.state === 'running' && run.firstByteMs === null && elapsed > STILL_WAITING_MS;
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2 text-sm" data-run={run.state}>
        <Badge tone={TONES[run.state]}>
          {[run.status, t(`playground.state.${run.state}`)].filter(Boolean).join(' ')}
        </Badge>
        {run.firstByteMs !== null && (
          <Fact label={t('playground.firstByte')}>
            <Ms value={run.firstByteMs} />
          </Fact>
        )}
        <Fact label={t('playground.total')}>
          <Ms value={Math.round(run.totalMs ?? elapsed)} />
        </Fact>
        {input !== null && (
          <Fact label={t('playground.tokens')}>
            <Num value={input} />
            {' → '}
            <Num value={output ?? 0} />
          </Fact>
        )}
        {run.bytes > 0 && !tokens && (
          <Fact label={t('playground.size')}>
            <Bytes value={run.bytes} />
          </Fact>
        )}
        {receipt && charged !== null && (
          <>
            <Fact label={t('playground.cost')}>
              <Money nanos={charged} currency={receipt.currency} />
            </Fact>
            {receipt.attempts > 1 && (
              <Fact label={t('playground.attempts')}>
                <Num value={receipt.attempts} />
              </Fact>
            )}
          </>
        )}
        {receipt && run.requestId && (
          <Link
            to={`/buyer/requests/${run.requestId}`}
            className="text-link inline-flex min-h-11 items-center sm:min-h-0"
          >
            {t('playground.details')}
          </Link>
        )}
      </div>
      {isSilent && <p className="text-muted text-sm">{t('playground.stillWaiting')}</p>}
      {run.error && <RunErrorAlert run={run} />}
      {/* Said once when it is over: words that stream in would talk over each other. */}
      <p role="status" className="sr-only">
        {run.state === 'done' && t('playground.announceDone')}
        {run.state === 'canceled' && t('playground.announceCanceled')}
        {run.state === 'failed' && t('playground.announceFailed')}
      </p>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <span className="whitespace-nowrap">
      <span className="text-muted">{label}</span> <span className="tnum font-medium">{children}</span>
    </span>
  );
}

const CODE = /^[a-z_]+$/;

function RunErrorAlert({ run: { error, requestId } }: { run: Run }) {
  const { t } = useTranslation(['buyer', 'common']);
  if (!error) return null;
  return (
    <Alert tone="danger" title={t(`playground.failedBy.${error.by}`)}>
      {error.message && <p className="wrap-anywhere">{error.message}</p>}
      <p className="mt-1 flex flex-wrap gap-x-4 text-xs">
        {CODE.test(error.code) && (
          <a href={`/docs/errors#${error.code}`} className="text-link">
            <code>{error.code}</code> · {t('playground.errorDocs')}
          </a>
        )}
        {requestId && <span>{t('common:error.requestId', { id: requestId })}</span>}
      </p>
    </Alert>
  );
}
