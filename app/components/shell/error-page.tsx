import { isRouteErrorResponse, useLocation, useRouteError } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { PublicError } from '../../http/error-response.ts';
import { dynamicText } from '../../i18n/dynamic.ts';
import { useDocumentFacts } from '../document-context.tsx';
import { ButtonLink, buttonStyles } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { useViewer } from '../viewer.tsx';
import { AppShell } from './app-shell.tsx';
import { areaOf } from './area-nav.ts';

const KNOWN = [403, 404, 429, 503] as const;
type Known = (typeof KNOWN)[number];

function publicErrorOf(data: unknown): Partial<PublicError> {
  return typeof data === 'object' && data !== null ? (data as Partial<PublicError>) : {};
}

/** Plain words, the request's id and a way out; never what went wrong inside. */
export function ErrorPage() {
  const { t } = useTranslation(['common', 'errors']);
  const error = useRouteError();
  const facts = useDocumentFacts();
  const viewer = useViewer();
  const { pathname, search } = useLocation();
  const status = isRouteErrorResponse(error) ? error.status : 500;
  const details = publicErrorOf(isRouteErrorResponse(error) ? error.data : null);
  const kind = KNOWN.find((known) => known === status) ?? (500 as const);
  const requestId = details.requestId ?? facts.requestId;
  const generic = t(`error.${kind satisfies Known | 500}.text`);
  // A bare 404 is better explained by the page itself than by the code's sentence for programs.
  const specific = details.code && !['not_found', 'internal'].includes(details.code);
  const text = specific ? dynamicText(t)(`errors:code.${details.code}`, { defaultValue: generic }) : generic;
  return (
    <AppShell area={areaOf(pathname, viewer)}>
      <div className="mx-auto grid max-w-xl justify-items-center py-10 text-center sm:py-20">
        <p className="tnum text-muted text-sm font-semibold">{t('error.status', { status })}</p>
        <h1 className="mt-2 text-3xl leading-tight font-semibold sm:text-4xl">{t(`error.${kind}.title`)}</h1>
        <p className="text-muted mt-3 text-base">{text}</p>
        <div className="mt-7 flex flex-wrap justify-center gap-3">
          {status >= 500 || status === 429 ? (
            <a href={pathname + search} className={buttonStyles()}>
              {t('error.retry')}
            </a>
          ) : null}
          <ButtonLink to="/" variant={status >= 500 ? 'secondary' : 'primary'}>
            {t('error.home')}
          </ButtonLink>
          {status === 403 && !viewer && (
            <ButtonLink to={`/login?next=${encodeURIComponent(pathname)}`} variant="secondary">
              {t('menu.logIn')}
            </ButtonLink>
          )}
        </div>
        {requestId && status !== 404 && (
          <p className="text-muted mt-8 flex flex-wrap items-center justify-center gap-2 text-sm">
            <span>{t('error.requestId', { id: requestId })}</span>
            <CopyButton value={requestId} variant="ghost" iconOnly label={t('error.copyRequestId')} />
          </p>
        )}
      </div>
    </AppShell>
  );
}
