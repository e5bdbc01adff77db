import { useTranslation } from 'react-i18next';
import { SubmitButton } from '../ui/button.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { DateTime } from '../ui/format.tsx';
import { ConnectionResult } from './connection-result.tsx';
import { CREDENTIAL_PLACEMENTS } from '../../lib/service-options.ts';
import { DIALECT_OPTIONS } from '../../lib/dialect-defaults.ts';
import type { ServiceFormProps } from './service-form.tsx';

/** The same in every language. */
const SAMPLES = { baseUrl: 'https://api.example.com/v1', header: 'X-Api-Key', path: '/status' };

/** Which fields belong to a placement is CSS's business, so that choosing one needs no script. */
const NAMED =
  'hidden group-has-[option[value=header]:checked]/service:block group-has-[option[value=query]:checked]/service:block';
const SECRET = 'group-has-[option[value=none]:checked]/service:hidden';
const LLM_ONLY = 'hidden group-has-[input[value=llm]:checked]/service:block';

export interface ConnectionFieldsProps extends Pick<
  ServiceFormProps,
  'values' | 'issues' | 'isNew' | 'kind' | 'secretSetAt' | 'test'
> {
  /** Credentials of a saved upstream; absent for one that has none yet. */
  poolSize?: number;
}

/** Where calls go and what they carry. */
export function ConnectionFields(props: ConnectionFieldsProps) {
  const { values, issues, isNew, kind, test } = props;
  const { t } = useTranslation('seller');
  const isLlm = kind === 'llm';
  return (
    <div className="grid gap-5">
      <TextField
        name="baseUrl"
        type="url"
        label={t('connection.baseUrl')}
        hint={t(isLlm ? 'connection.llmBaseUrlHint' : 'connection.baseUrlHint')}
        required
        maxLength={2_000}
        placeholder={SAMPLES.baseUrl}
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={values['baseUrl']}
        issues={issues}
      />
      {(isNew || isLlm) && (
        <div className={isLlm ? undefined : LLM_ONLY}>
          <SelectField
            name="dialect"
            label={t('connection.dialect')}
            hint={t('connection.dialectHint')}
            defaultValue={values['dialect'] ?? 'openai-chat'}
            issues={issues}
            options={DIALECT_OPTIONS}
          />
        </div>
      )}
      <AuthenticationFields {...props} />
      {(isNew || isLlm) && (
        <div className={isLlm ? undefined : LLM_ONLY}>
          <TextAreaField
            name="models"
            label={t('connection.models')}
            hint={t('connection.modelsHint')}
            rows={4}
            spellCheck={false}
            defaultValue={test?.ok && test.models?.length ? test.models.join('\n') : values['models']}
            key={test?.ok ? test.models?.join(' ') : undefined}
            issues={issues}
          />
        </div>
      )}
      <fieldset className="border-line grid gap-4 border-t pt-5">
        <legend className="sr-only">{t('test.title')}</legend>
        <div className="grid items-end gap-4 sm:grid-cols-[1fr_auto]">
          <TextField
            name="testPath"
            label={t('test.path')}
            placeholder={SAMPLES.path}
            maxLength={1_000}
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={values['testPath']}
            issues={issues}
          />
          <SubmitButton intent="test" variant="secondary" pendingLabel={t('test.running')} formNoValidate>
            {t('test.run')}
          </SubmitButton>
        </div>
        <p className="text-muted text-sm">{t('test.hint')}</p>
        {test && <ConnectionResult test={test} />}
      </fieldset>
    </div>
  );
}

/** Of a saved upstream these are for moving to another host: keys of the pool have a place of their own. */
function AuthenticationFields(props: ConnectionFieldsProps) {
  const { issues, poolSize } = props;
  const { t } = useTranslation('seller');
  if (poolSize === undefined) return <CredentialFields {...props} />;
  return (
    <details
      open={issues?.some(({ field }) => field.startsWith('auth.'))}
      className="border-line rounded-md border px-4"
    >
      <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
        {t('connection.newHost')}
      </summary>
      <div className="grid gap-5 pt-1 pb-4">
        <p className="text-muted text-sm">{t('connection.newHostHint', { count: poolSize })}</p>
        <CredentialFields {...props} />
      </div>
    </details>
  );
}

function CredentialFields({ values, issues, secretSetAt }: ConnectionFieldsProps) {
  const { t } = useTranslation('seller');
  return (
    <>
      <SelectField
        name="auth.placement"
        label={t('connection.placement')}
        hint={t('connection.placementHint')}
        defaultValue={values['auth.placement'] ?? 'bearer'}
        issues={issues}
        options={CREDENTIAL_PLACEMENTS.map((placement) => ({
          value: placement,
          label: t(`placement.${placement}`),
        }))}
      />
      <div className={NAMED}>
        <TextField
          name="auth.parameterName"
          quiet
          label={t('connection.parameterName')}
          hint={t('connection.parameterNameHint')}
          placeholder={SAMPLES.header}
          maxLength={100}
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={values['auth.parameterName']}
          issues={issues}
        />
      </div>
      <div className={SECRET}>
        <TextField
          name="auth.secret"
          type="password"
          quiet={!secretSetAt}
          label={secretSetAt ? t('connection.replaceSecret') : t('connection.secret')}
          placeholder={secretSetAt ? '••••••••' : undefined}
          hint={
            secretSetAt ? (
              <>
                {t('connection.secretSetOn')} <DateTime value={secretSetAt} timeStyle={null} />.{' '}
                {t('connection.secretKeep')}
              </>
            ) : (
              t('connection.secretHint')
            )
          }
          maxLength={8_192}
          autoComplete="new-password"
          spellCheck={false}
          issues={issues}
        />
      </div>
    </>
  );
}
