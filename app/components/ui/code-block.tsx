import { useSearchParams } from '@remix-run/react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { cn } from './cn.ts';
import { CopyButton } from './copy-button.tsx';

export interface CodeBlockProps {
  code: string;
  /** Names the block: `curl`, `Python`. */
  language?: string;
  /** On unless switched off. */
  copyable?: boolean;
  className?: string;
}

/** Code to read or copy; scrolls inside its box. */
export function CodeBlock({ code, language, copyable = true, className }: CodeBlockProps) {
  const { t } = useTranslation('common');
  return (
    <div
      className={cn(
        'border-line bg-sunken flex min-w-0 items-start overflow-hidden rounded-md border',
        className,
      )}
    >
      <pre
        tabIndex={0}
        aria-label={language ?? t('code.label')}
        role="group"
        className="min-w-0 flex-1 overflow-x-auto p-4 font-mono text-[0.8125rem] leading-6 focus-visible:-outline-offset-3"
      >
        <code className="[overflow-wrap:normal]">{code}</code>
      </pre>
      {copyable && (
        <CopyButton value={code} variant="ghost" iconOnly label={t('copy.code')} className="m-1" />
      )}
    </div>
  );
}

export interface CodeSample {
  id: string;
  label: string;
  code: string;
}

export interface CodeTabsProps {
  samples: readonly CodeSample[];
  /** Query parameter that chooses a sample at first: `?sample=python`. */
  param?: string;
  className?: string;
}

/** The same thing in several languages. Radios switch it, so it needs no script. */
export function CodeTabs({ samples, param = 'sample', className }: CodeTabsProps) {
  const { t } = useTranslation('common');
  const name = useId();
  const [search] = useSearchParams();
  const wanted = search.get(param);
  const first = samples.find((sample) => sample.id === wanted) ?? samples[0];
  return (
    <fieldset className={cn('flex min-w-0 flex-wrap gap-x-1 gap-y-2', className)}>
      <legend className="sr-only">{t('code.language')}</legend>
      {samples.map((sample) => {
        const id = `${name}-${sample.id}`;
        return (
          <div key={sample.id} className="contents">
            <input
              id={id}
              type="radio"
              name={name}
              value={sample.id}
              defaultChecked={sample === first}
              className="peer sr-only"
            />
            <label
              htmlFor={id}
              className="text-muted hover:text-ink peer-checked:bg-neutral-soft peer-checked:text-ink peer-focus-visible:outline-brand order-1 inline-flex min-h-11 cursor-pointer items-center rounded-full px-4 text-sm font-medium whitespace-nowrap peer-focus-visible:outline-3 sm:min-h-9"
            >
              {sample.label}
            </label>
            <div className="order-2 hidden w-full min-w-0 peer-checked:block">
              <CodeBlock code={sample.code} language={sample.label} />
            </div>
          </div>
        );
      })}
    </fieldset>
  );
}
