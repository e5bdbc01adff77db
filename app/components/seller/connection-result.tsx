import { useTranslation } from 'react-i18next';
import type { ConnectionTest } from '../../domain/services/index.ts';
import { Alert, type AlertTone } from '../ui/alert.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { Ms } from '../ui/format.tsx';

type Answer = Extract<ConnectionTest, { ok: true }>;

function toneOf({ status }: Answer): AlertTone {
  if (status < 300) return 'success';
  return status >= 500 ? 'danger' : 'warning';
}

function verdictOf({ status }: Answer) {
  if (status < 300) return 'works';
  if (status < 400) return 'redirects';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'notFound';
  return status >= 500 ? 'serverError' : 'refused';
}

/** As HTTP writes it. */
function requestLine({ url }: ConnectionTest): string {
  return `GET ${url}`;
}

/** The upstream's real answer, or why there was none. Secrets are masked before they get here. */
export function ConnectionResult({ test }: { test: ConnectionTest }) {
  const { t } = useTranslation('seller');
  if (!test.ok) {
    return (
      <Alert tone="danger" title={t('test.failed')}>
        <p>{t(`test.failure.${test.reason}`)}</p>
        <p className="mt-1 font-mono text-xs break-all">{requestLine(test)}</p>
      </Alert>
    );
  }
  const headers = Object.entries(test.headers);
  return (
    <section aria-label={t('test.answer')} className="grid gap-3">
      <Alert
        tone={toneOf(test)}
        title={
          <>
            {test.status} · <Ms value={test.totalMs} />
          </>
        }
      >
        <p>{t(`test.verdict.${verdictOf(test)}`)}</p>
        <p className="mt-1 font-mono text-xs break-all">{requestLine(test)}</p>
      </Alert>
      <dl className="text-muted grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">
        <dt>{t('test.firstByte')}</dt>
        <dd className="text-ink">
          <Ms value={test.firstByteMs} />
        </dd>
        {headers.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="font-mono">{name}</dt>
            <dd className="text-ink font-mono break-all">{value}</dd>
          </div>
        ))}
      </dl>
      {test.models && (
        <p className="text-sm">
          {t('test.models')} <span className="font-mono break-words">{test.models.join(', ')}</span>
        </p>
      )}
      {test.bodyPreview ? (
        <CodeBlock code={test.bodyPreview} language={t('test.body')} copyable={false} />
      ) : (
        <p className="text-muted text-sm">{t(test.bodyPreview === null ? 'test.binary' : 'test.empty')}</p>
      )}
      {test.truncated && <p className="text-muted text-sm">{t('test.truncated')}</p>}
      <noscript>
        <p className="text-muted text-sm">{t('test.noScript')}</p>
      </noscript>
    </section>
  );
}
