import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { BatchResult } from '../../domain/credentials/index.ts';
import { CREDENTIAL_PLACEMENTS } from '../../lib/service-options.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { Alert } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';

const NAMED =
  'hidden group-has-[option[value=header]:checked]/pool:block group-has-[option[value=query]:checked]/pool:block';
/** More would fill the page; the rest is told as a number. */
const SHOWN_LINES = 20;

export interface AddCredentialsFormProps {
  /** What was typed, without the keys; else what the pool's first key has. */
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
  /** Of the batch that was just added, when lines were left out. */
  result: BatchResult | null;
}

/** Adds one key, or many at once. */
export function AddCredentialsForm({ values, issues, result }: AddCredentialsFormProps) {
  const { t } = useTranslation('seller');
  return (
    <Form method="post" preventScrollReset className="group/pool">
      <Card>
        <CardHeader title={t('pool.addTitle')} description={t('pool.addHint')} />
        <CardBody className="grid gap-4">
          {result && <BatchReport result={result} />}
          <TextAreaField
            name="secrets"
            label={t('pool.secrets')}
            hint={t('pool.secretsHint')}
            rows={4}
            required
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            className="[&_textarea]:font-mono [&_textarea]:text-sm"
            issues={issues}
          />
          <div className="grid gap-4 sm:grid-cols-2">
            <SelectField
              name="auth.placement"
              label={t('connection.placement')}
              defaultValue={values['auth.placement'] ?? 'bearer'}
              issues={issues}
              options={CREDENTIAL_PLACEMENTS.filter((placement) => placement !== 'none').map((placement) => ({
                value: placement,
                label: t(`placement.${placement}`),
              }))}
            />
            <div className={NAMED}>
              <TextField
                name="auth.parameterName"
                quiet
                label={t('connection.parameterName')}
                maxLength={100}
                autoCapitalize="none"
                spellCheck={false}
                defaultValue={values['auth.parameterName']}
                issues={issues}
              />
            </div>
            <TextField
              name="label"
              label={t('pool.label')}
              hint={t('pool.labelHint')}
              maxLength={60}
              defaultValue={values['label']}
              issues={issues}
            />
            <TextField
              name="weight"
              label={t('upstream.weight')}
              hint={t('pool.weightHint')}
              inputMode="numeric"
              defaultValue={values['weight'] ?? '1'}
              issues={issues}
            />
          </div>
        </CardBody>
        <CardFooter>
          <SubmitButton intent="add-keys">{t('pool.add')}</SubmitButton>
        </CardFooter>
      </Card>
    </Form>
  );
}

function BatchReport({ result: { added, skipped } }: { result: BatchResult }) {
  const { t } = useTranslation('seller');
  return (
    <Alert tone={added.length > 0 ? 'info' : 'warning'} title={t('pool.added', { count: added.length })}>
      <ul className="grid gap-0.5">
        {skipped.slice(0, SHOWN_LINES).map(({ line, reason }) => (
          <li key={line}>{t(`pool.skipped.${reason}`, { line })}</li>
        ))}
        {skipped.length > SHOWN_LINES && (
          <li>{t('pool.skippedMore', { count: skipped.length - SHOWN_LINES })}</li>
        )}
      </ul>
    </Alert>
  );
}
