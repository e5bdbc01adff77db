import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { buttonStyles } from '../ui/button.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import type { Received } from './http-playground.tsx';

const TEXT = /^text\/|[/+](?:json|xml|javascript|yaml|x-ndjson|x-www-form-urlencoded)\b/i;
const IMAGE = /^image\/(?:png|jpeg|gif|webp|avif|svg\+xml)\b/i;

function pretty(text: string, type: string): string {
  if (!/json/i.test(type)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The body of an answer: JSON set in lines, pictures as pictures, everything else to download. */
export function ResponseBody({ received, isRunning }: { received: Received; isRunning: boolean }) {
  const { t } = useTranslation('buyer');
  const { type, bytes, isCut } = received;
  if (bytes.length === 0) return null;
  const isImage = IMAGE.test(type);
  return (
    <div className="grid min-w-0 gap-3">
      {isImage && !isRunning && !isCut && <Picture received={received} />}
      {TEXT.test(type) || type.includes('svg') ? (
        <CodeBlock
          code={pretty(new TextDecoder().decode(bytes), isCut || isRunning ? '' : type)}
          language={t('playground.answer')}
          className="max-h-[32rem] [&>pre]:max-h-[32rem] [&>pre]:overflow-y-auto"
        />
      ) : (
        !isImage && <p className="text-muted text-sm">{t('playground.binary', { type: type || '?' })}</p>
      )}
      {isCut && <p className="text-muted text-sm">{t('playground.cut')}</p>}
      {!isRunning && !isCut && <Download received={received} />}
    </div>
  );
}

/** As a data URL: the page's policy lets nothing else in, and no script in a picture runs. */
function Picture({ received: { type, bytes } }: { received: Received }) {
  const { t } = useTranslation('buyer');
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const reader = new FileReader();
    reader.onload = () => setUrl(typeof reader.result === 'string' ? reader.result : null);
    reader.readAsDataURL(new Blob([bytes], { type }));
    return () => reader.abort();
  }, [bytes, type]);
  if (url === null) return null;
  return (
    <img
      src={url}
      alt={t('playground.image')}
      className="border-line max-h-64 max-w-full justify-self-start rounded-md border bg-white object-contain"
    />
  );
}

function Download({ received: { type, bytes } }: { received: Received }) {
  const { t } = useTranslation('buyer');
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    // Never as a page of ours: a download has no origin.
    const made = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  if (url === null) return null;
  return (
    <a
      href={url}
      download="answer"
      className={buttonStyles({ variant: 'secondary', size: 'sm', className: 'justify-self-start' })}
    >
      {t('playground.download')}
    </a>
  );
}
