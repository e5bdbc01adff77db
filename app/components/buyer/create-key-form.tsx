import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { FieldIssue } from '../../lib/app-error.ts';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { SelectField, TextField } from '../ui/field.tsx';

/** Lifetimes on offer, in days. */
const LIFETIMES = [30, 90, 365] as const;

export interface CreateKeyFormProps {
  scopes: readonly { id: string; serviceName: string }[];
  /** The subscription chosen at first. */
  scope: string | null;
  issues: FieldIssue[] | undefined;
  /** What was typed before the server refused it. */
  values: Record<string, string>;
}

export function CreateKeyForm({ scopes, scope, issues, values }: CreateKeyFormProps) {
  const { t } = useTranslation('buyer');
  return (
    <Card>
      <CardHeader title={t('keys.create')} description={t('keys.createText')} />
      <CardBody>
        <Form method="post" className="grid items-start gap-4 md:grid-cols-3">
          <TextField
            name="name"
            label={t('keys.name')}
            placeholder={t('keys.namePlaceholder')}
            required
            maxLength={64}
            autoComplete="off"
            defaultValue={values['name'] ?? ''}
            issues={issues}
          />
          <SelectField
            name="subscriptionId"
            label={t('keys.scope')}
            defaultValue={values['subscriptionId'] ?? scope ?? ''}
            options={[
              { value: '', label: t('keys.scopeAll') },
              ...scopes.map(({ id, serviceName }) => ({ value: id, label: serviceName })),
            ]}
            issues={issues}
          />
          <SelectField
            name="lifetimeDays"
            label={t('keys.expires')}
            defaultValue={values['lifetimeDays'] ?? ''}
            options={[
              { value: '', label: t('keys.never') },
              ...LIFETIMES.map((days) => ({ value: String(days), label: t('keys.inDays', { count: days }) })),
            ]}
            issues={issues}
          />
          <div className="md:col-span-3">
            <SubmitButton intent="create">{t('keys.submit')}</SubmitButton>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
