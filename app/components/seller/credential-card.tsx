import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { OwnCredential } from '../../domain/credentials/index.ts';
import type { ConnectionTest } from '../../domain/services/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { ButtonLink, SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { TextField } from '../ui/field.tsx';
import { CloseRow, DeleteRow } from './chosen-row.tsx';
import { ConnectionResult } from './connection-result.tsx';

const LIMITS = ['requestsPerMinute', 'requestsPerDay', 'maxConcurrency'] as const;

export interface CredentialCardProps {
  credential: OwnCredential;
  name: string;
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
  /** Outcome of the test that was just asked for. */
  test: ConnectionTest | null;
}

/** One key of a pool: what it is called, may do and weighs, and what can be done with it. */
export function CredentialCard({ credential, name, values, issues, test }: CredentialCardProps) {
  const { t } = useTranslation('seller');
  const isEnabled = credential.status === 'active';
  const stored = (limit: (typeof LIMITS)[number]) => credential[limit]?.toString() ?? '';
  return (
    <Card id="key" className="scroll-mt-20">
      <CardHeader
        title={name}
        actions={
          <>
            <ButtonLink to={`/seller/credentials/${credential.id}/oauth`} variant="ghost" size="sm">
              {t('oauth.title')}
            </ButtonLink>
            <CloseRow />
          </>
        }
      />
      <Form method="post" preventScrollReset>
        <input type="hidden" name="credentialId" value={credential.id} />
        <CardBody className="grid gap-4 sm:grid-cols-2">
          <TextField
            name="label"
            label={t('pool.label')}
            maxLength={60}
            defaultValue={values['label'] ?? credential.label}
            issues={issues}
          />
          <TextField
            name="weight"
            label={t('upstream.weight')}
            hint={t('pool.weightHint')}
            inputMode="numeric"
            defaultValue={values['weight'] ?? credential.weight}
            issues={issues}
          />
          {LIMITS.map((limit) => (
            <TextField
              key={limit}
              name={limit}
              label={t(`pool.${limit}`)}
              inputMode="numeric"
              defaultValue={values[limit] ?? stored(limit)}
              issues={issues}
            />
          ))}
          {credential.kind === 'static' && credential.placement !== 'none' && (
            <TextField
              name="secret"
              type="password"
              label={t('connection.replaceSecret')}
              placeholder="••••••••"
              hint={t('connection.secretKeep')}
              maxLength={8_192}
              autoComplete="new-password"
              spellCheck={false}
              issues={issues}
            />
          )}
          <p className="text-muted text-sm sm:col-span-2">{t('pool.limitsHint')}</p>
          {test && (
            <div className="sm:col-span-2">
              <ConnectionResult test={test} />
            </div>
          )}
        </CardBody>
        <CardFooter>
          <SubmitButton intent="test-key" variant="secondary" pendingLabel={t('test.running')}>
            {t('pool.test')}
          </SubmitButton>
          <SubmitButton intent="reset-key" variant="secondary">
            {t('pool.reset')}
          </SubmitButton>
          <SubmitButton intent={isEnabled ? 'disable-key' : 'enable-key'} variant="secondary">
            {isEnabled ? t('pool.disable') : t('pool.enable')}
          </SubmitButton>
          <SubmitButton intent="save-key">{t('service.save')}</SubmitButton>
        </CardFooter>
      </Form>
      <DeleteRow
        hint={t('pool.resetHint')}
        label={t('pool.delete')}
        title={t('pool.deleteTitle', { name })}
        description={t('pool.deleteText')}
        fields={{ intent: 'delete-key', credentialId: credential.id }}
      />
    </Card>
  );
}
