import { useTranslation } from 'react-i18next';
import { libraryEnvironments } from '../../lib/call-sample.ts';
import { Alert } from '../ui/alert.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { CodeBlock, CodeTabs } from '../ui/code-block.tsx';
import { CopyButton } from '../ui/copy-button.tsx';

export interface IssuedKeyProps {
  /** Leads to what the key may do. */
  id?: string;
  name: string;
  secret: string;
  /** A call that uses it; null when there is nothing to call yet. */
  curl: string | null;
  /** For LLM services: where programs reach the platform. */
  llmOrigin?: string | null;
}

/** A key right after it was made: the only time its secret is on a page. */
export function IssuedKey({ id, name, secret, curl, llmOrigin }: IssuedKeyProps) {
  const { t } = useTranslation('buyer');
  return (
    <Card>
      <CardHeader
        title={t('issued.title', { name })}
        actions={<CopyButton value={secret} label={t('issued.copyKey')} variant="primary" />}
      />
      <CardBody className="grid gap-5">
        <Alert tone="warning" title={t('issued.once')}>
          {t('issued.onceText')}
        </Alert>
        <Labelled label={t('issued.key')} code={secret} />
        {curl && <Labelled label={t('issued.curl')} code={curl} />}
        {llmOrigin && (
          <div className="min-w-0">
            <h3 className="mb-1.5 text-sm font-medium">{t('issued.env')}</h3>
            <p className="text-muted mb-1.5 text-sm">{t('issued.libraries')}</p>
            <CodeTabs samples={libraryEnvironments(llmOrigin, secret)} />
          </div>
        )}
      </CardBody>
      <CardFooter>
        <ButtonLink to={id ? `/buyer/keys/${id}` : '/buyer/keys'} variant="secondary">
          {t(id ? 'keys.createdNext' : 'issued.toKeys')}
        </ButtonLink>
        <ButtonLink to="/buyer">{t('issued.toUsage')}</ButtonLink>
      </CardFooter>
    </Card>
  );
}

function Labelled({ label, code }: { label: string; code: string }) {
  return (
    <div className="min-w-0">
      <h3 className="mb-1.5 text-sm font-medium">{label}</h3>
      <CodeBlock code={code} language={label} />
    </div>
  );
}
