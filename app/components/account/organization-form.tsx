import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { Viewer } from '../../http/require-user.ts';
import type { FormFailure } from '../../http/run-action.ts';
import { Alert, FormAlert } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { SelectField, TextField } from '../ui/field.tsx';

export interface OrganizationFormProps {
  organization: Viewer['organization'];
  timeZones: string[];
  /** Owners and admins may change it; others see it. */
  canManage: boolean;
  failure: FormFailure | undefined;
}

export function OrganizationForm({ organization, timeZones, canManage, failure }: OrganizationFormProps) {
  const { t } = useTranslation('account');
  const values = failure?.values;
  const issues = failure?.issues;
  return (
    <Form method="post">
      <Card>
        <CardHeader title={t('organization.title')} description={t('organization.description')} />
        <CardBody className="grid gap-5 sm:grid-cols-2">
          <div className="empty:hidden sm:col-span-2">
            <FormAlert error={failure?.error} />
            {!canManage && <Alert>{t('organization.readOnly', { name: organization.name })}</Alert>}
          </div>
          <TextField
            name="name"
            label={t('organization.name')}
            hint={t('organization.nameHint')}
            autoComplete="organization"
            required
            maxLength={80}
            disabled={!canManage}
            defaultValue={values?.name ?? organization.name}
            issues={issues}
          />
          <SelectField
            name="timeZone"
            label={t('organization.timeZone')}
            hint={t('organization.timeZoneHint')}
            options={timeZones.map((timeZone) => ({ value: timeZone, label: timeZone }))}
            disabled={!canManage}
            defaultValue={values?.timeZone ?? organization.timeZone}
            issues={issues}
          />
        </CardBody>
        {canManage && (
          <CardFooter>
            <SubmitButton intent="organization">{t('organization.save')}</SubmitButton>
          </CardFooter>
        )}
      </Card>
    </Form>
  );
}
