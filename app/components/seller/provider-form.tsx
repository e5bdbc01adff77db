import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { OwnService } from '../../domain/services/index.ts';
import { DIALECT_OPTIONS } from '../../lib/dialect-defaults.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { FormErrors } from '../ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { CloseRow, DeleteRow } from './chosen-row.tsx';
import { StateField } from './state-field.tsx';

const FIELDS = ['name', 'baseUrl', 'apiKey', 'dialect', 'models', 'status'];
const SAMPLE = 'https://api.openai.com/v1';

export interface ProviderFormProps {
  /** The provider that is changed; null for a new one. */
  provider: OwnService | null;
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
}

/** Adds or changes one of the platform's own LLM upstreams. */
export function ProviderForm({ provider, values, issues }: ProviderFormProps) {
  const { t } = useTranslation('seller');
  const stored: Partial<Record<string, string>> = provider
    ? {
        name: provider.name,
        baseUrl: provider.upstream.baseUrl,
        dialect: provider.upstream.dialect,
        models: provider.upstream.models.join('\n'),
        status: provider.upstream.status,
      }
    : {};
  const value = (name: string) => values[name] ?? stored[name];
  const hasKey = provider?.credential.secretSetAt != null;
  return (
    <Card id="provider" className="scroll-mt-20">
      <CardHeader
        title={provider ? provider.name : t('providers.add')}
        description={provider ? undefined : t('providers.addHint')}
        actions={
          provider && (
            <>
              <ButtonLink to={`/seller/services/${provider.id}/connection`} variant="secondary" size="sm">
                {t('providers.more')}
              </ButtonLink>
              <CloseRow />
            </>
          )
        }
      />
      <Form method="post" preventScrollReset>
        {provider && <input type="hidden" name="providerId" value={provider.id} />}
        <CardBody className="grid gap-5">
          <FormErrors issues={issues} fields={FIELDS} />
          <div className="grid gap-5 sm:grid-cols-2">
            <TextField
              name="name"
              label={t('service.name')}
              required
              minLength={2}
              maxLength={80}
              defaultValue={value('name')}
              issues={issues}
            />
            <SelectField
              name="dialect"
              label={t('connection.dialect')}
              defaultValue={value('dialect') ?? 'openai-chat'}
              issues={issues}
              options={DIALECT_OPTIONS}
            />
          </div>
          <TextField
            name="baseUrl"
            type="url"
            label={t('connection.baseUrl')}
            hint={provider ? undefined : t('providers.baseUrlHint')}
            required={provider !== null}
            maxLength={2_000}
            placeholder={SAMPLE}
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={value('baseUrl')}
            issues={issues}
          />
          <TextField
            name="apiKey"
            type="password"
            label={hasKey ? t('connection.replaceSecret') : t('connection.secret')}
            placeholder={hasKey ? '••••••••' : undefined}
            hint={hasKey ? t('connection.secretKeep') : t('providers.keyHint')}
            maxLength={8_192}
            autoComplete="new-password"
            spellCheck={false}
            issues={issues}
          />
          <TextAreaField
            name="models"
            label={t('connection.models')}
            hint={t('providers.modelsHint')}
            rows={3}
            spellCheck={false}
            defaultValue={value('models')}
            issues={issues}
          />
          {provider && <StateField value={value('status')} issues={issues} />}
        </CardBody>
        <CardFooter>
          <SubmitButton intent={provider ? 'save' : 'add'} pendingLabel={t('service.saving')}>
            {provider ? t('service.save') : t('providers.add')}
          </SubmitButton>
        </CardFooter>
      </Form>
      {provider && (
        <DeleteRow
          hint={t('providers.deleteHint')}
          label={t('providers.delete')}
          title={t('providers.deleteTitle', { name: provider.name })}
          description={t('providers.deleteText', { count: provider.credentialCount })}
          fields={{ intent: 'delete', providerId: provider.id }}
        />
      )}
    </Card>
  );
}
