import { useRevalidator } from '@remix-run/react';
import { Circle, CircleCheck } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { CodeBlock } from '../ui/code-block.tsx';

const POLL_MS = 2_000;

export interface FirstStepsProps {
  hasSubscription: boolean;
  hasKey: boolean;
  /** The call to make; null without a subscription. */
  curl: string | null;
}

/** What stands between a new buyer and the first call. Gone once a call was made. */
export function FirstSteps({ hasSubscription, hasKey, curl }: FirstStepsProps) {
  const { t } = useTranslation('buyer');
  const isWaiting = hasSubscription && hasKey;
  usePolling(isWaiting);
  return (
    <Card>
      <CardHeader title={t('steps.title')} description={t('steps.description')} />
      <CardBody>
        <ol className="grid gap-6">
          <Step done={hasSubscription} title={t('steps.subscribe')} text={t('steps.subscribeText')}>
            {!hasSubscription && <ButtonLink to="/">{t('steps.subscribeAction')}</ButtonLink>}
          </Step>
          <Step done={hasKey} title={t('steps.key')} text={t('steps.keyText')}>
            {hasSubscription && !hasKey && <ButtonLink to="/buyer/keys">{t('steps.keyAction')}</ButtonLink>}
          </Step>
          <Step done={false} title={t('steps.call')} text={t('steps.callText')}>
            {curl && <CodeBlock code={curl} language="curl" className="w-full" />}
            {isWaiting && (
              <p role="status" className="text-muted text-sm">
                {t('steps.waiting')}
              </p>
            )}
          </Step>
        </ol>
      </CardBody>
    </Card>
  );
}

/** Looks again while the page is seen; without scripts a reload does the same. */
function usePolling(active: boolean) {
  const { revalidate, state } = useRevalidator();
  useEffect(() => {
    if (!active || state !== 'idle') return;
    const timer = setTimeout(() => {
      if (document.visibilityState === 'visible') revalidate();
    }, POLL_MS);
    // A page that comes back into view looks at once.
    document.addEventListener('visibilitychange', revalidate);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', revalidate);
    };
  }, [active, revalidate, state]);
}

interface StepProps {
  done: boolean;
  title: string;
  text: string;
  children?: ReactNode;
}

function Step({ done, title, text, children }: StepProps) {
  const { t } = useTranslation('buyer');
  const Icon = done ? CircleCheck : Circle;
  return (
    <li className="flex min-w-0 gap-3">
      <Icon
        aria-hidden
        className={done ? 'text-success mt-0.5 size-5 shrink-0' : 'text-muted mt-0.5 size-5 shrink-0'}
      />
      <div className="grid min-w-0 flex-1 gap-3">
        <div>
          <p className="font-semibold">
            {title} <span className="sr-only">({done ? t('steps.done') : t('steps.open')})</span>
          </p>
          {!done && <p className="text-muted mt-0.5 text-sm">{text}</p>}
        </div>
        {children && <div className="flex min-w-0 flex-wrap items-center gap-3">{children}</div>}
      </div>
    </li>
  );
}
