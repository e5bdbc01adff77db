import { useTranslation } from 'react-i18next';
import { SubmitButton } from '../ui/button.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { DateTime } from '../ui/format.tsx';
import { ConnectionResult } from './connection-result.tsx';
import { CREDENTIAL_PLACEMENTS } from '../../lib/service-options.ts';
import type { ServiceFormProps } from './service-form.tsx';

/** The same in every language. */
const SAMPLES = { baseUrl: 'https://api.example.com/v1', header: 'X-Api-Key', path: '/status' };

/** Which fields belong to a placement is CSS's business, so that choosing one needs no script. */
const NAMED =
  'hidden group-has-[option[value=header]:checked]/service:block group-has-[option[value=query]:checked]/service:block';
const SECRET = 'group-has-[option[value=none]:checked]/service:hidden';
const LLM_ONLY = 'hidden group-has-[input[value=llm]:checked]/service:block';

/** Where calls go and what they carry. */
export function ConnectionFields(props: ServiceFormProps) {
  const { values, issues, isNew, kind, secretSetAt, test } = props;
  const { t } = useTranslation('seller');
  return (
    <div className="grid gap-5">
      <TextField
        name="baseUrl"
        type="url"
        label={t('connection.baseUrl')}
        hint={t('connection.baseUrlHint')}
        required
        maxLength={2_000}
        placeholder={SAMPLES.baseUrl}
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={values['baseUrl']}
        issues={issues}
      />
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
      {(isNew || kind === 'llm') && (
        <div className={isNew ? LLM_ONLY : undefined}>
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
