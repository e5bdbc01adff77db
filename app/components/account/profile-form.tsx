import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { Viewer } from '../../http/require-user.ts';
import type { FormFailure } from '../../http/run-action.ts';
import { LOCALE_NAMES, LOCALES } from '../../i18n/locales.ts';
import { FormAlert } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { SelectField, TextField } from '../ui/field.tsx';

export interface ProfileFormProps {
  user: Viewer['user'];
  timeZones: string[];
  failure: FormFailure | undefined;
}

export function ProfileForm({ user, timeZones, failure }: ProfileFormProps) {
  const { t } = useTranslation('account');
  const values = failure?.values;
  const issues = failure?.issues;
  return (
    // A new language or theme is the whole document's business, so it is loaded again.
    <Form method="post" reloadDocument>
      <Card>
        <CardHeader
          title={t('profile.personTitle')}
          description={t('profile.username', { username: user.username })}
        />
        <CardBody className="grid gap-5 sm:grid-cols-2">
          {failure?.error && (
            <div className="sm:col-span-2">
              <FormAlert error={failure.error} />
            </div>
          )}
          <TextField
            name="displayName"
            label={t('profile.displayName')}
            autoComplete="name"
            required
            maxLength={80}
            defaultValue={values?.displayName ?? user.displayName}
            issues={issues}
          />
          <TextField
            name="email"
            type="email"
            label={t('profile.email')}
            hint={t('profile.emailHint')}
            autoComplete="email"
            maxLength={254}
            defaultValue={values?.email ?? user.email ?? ''}
            issues={issues}
          />
          <SelectField
            name="locale"
            label={t('profile.locale')}
            options={LOCALES.map((locale) => ({ value: locale, label: LOCALE_NAMES[locale] }))}
            defaultValue={values?.locale ?? user.locale}
            issues={issues}
          />
          <SelectField
            name="theme"
            label={t('profile.theme')}
            options={[
              { value: 'system', label: t('profile.themeSystem') },
              { value: 'light', label: t('profile.themeLight') },
              { value: 'dark', label: t('profile.themeDark') },
            ]}
            defaultValue={values?.theme ?? user.theme}
            issues={issues}
          />
          <SelectField
            name="timeZone"
            label={t('profile.timeZone')}
            hint={t('profile.timeZoneHint')}
            options={timeZones.map((timeZone) => ({ value: timeZone, label: timeZone }))}
            defaultValue={values?.timeZone ?? user.timeZone}
            issues={issues}
          />
        </CardBody>
        <CardFooter>
          <SubmitButton intent="profile">{t('profile.save')}</SubmitButton>
        </CardFooter>
      </Card>
    </Form>
  );
}
