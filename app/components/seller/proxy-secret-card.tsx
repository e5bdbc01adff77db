import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { Alert } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

/** The header's name is the same in every language. */
const HEADER = 'x-tollgate-proxy-secret';

/** The secret by which a seller's API knows calls that came through here. */
export function ProxySecretCard({ isSet, issued }: { isSet: boolean; issued: string | null }) {
  const { t } = useTranslation('seller');
  return (
    <Card id="proxy-secret" className="scroll-mt-20">
      <CardHeader title={t('proxySecret.title')} description={t('proxySecret.hint', { header: HEADER })} />
      <CardBody className="grid gap-4">
        {issued && (
          <>
            <Alert tone="warning" title={t('proxySecret.once')}>
              {t('proxySecret.onceText')}
            </Alert>
            <CodeBlock code={`${HEADER}: ${issued}`} language={t('proxySecret.title')} />
          </>
        )}
        <div className="flex flex-wrap items-center gap-3">
          {isSet ? (
            <>
              <ConfirmDialog
                triggerLabel={t('proxySecret.replace')}
                title={t('proxySecret.replaceTitle')}
                description={t('proxySecret.replaceText')}
                confirmLabel={t('proxySecret.replace')}
                fields={{ intent: 'generate-secret' }}
              />
              <ConfirmDialog
                triggerLabel={t('proxySecret.clear')}
                title={t('proxySecret.clearTitle')}
                description={t('proxySecret.clearText', { header: HEADER })}
                confirmLabel={t('proxySecret.clear')}
                fields={{ intent: 'clear-secret' }}
              />
            </>
          ) : (
            <Form method="post" preventScrollReset>
              <SubmitButton intent="generate-secret" variant="secondary" size="sm">
                {t('proxySecret.generate')}
              </SubmitButton>
            </Form>
          )}
        </div>
      </CardBody>
    </Card>
  );
}
