import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { FormFailure } from '../../http/run-action.ts';
import { PasswordField } from '../auth/password-field.tsx';
import { FormAlert } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';

export interface PasswordFormProps {
  username: string;
  chars: { min: number; max: number };
  failure: FormFailure | undefined;
}

export function PasswordForm({ username, chars, failure }: PasswordFormProps) {
  const { t } = useTranslation('account');
  return (
    <Form method="post">
      <Card>
        <CardHeader title={t('security.passwordTitle')} description={t('security.passwordDescription')} />
        <CardBody className="grid max-w-md gap-5">
          <FormAlert error={failure?.error} />
          {/* Tells password managers whose password this is; no field of the form. */}
          <input type="text" autoComplete="username" value={username} readOnly hidden />
          <PasswordField
            name="currentPassword"
            label={t('security.currentPassword')}
            autoComplete="current-password"
            required
            maxLength={chars.max}
            issues={failure?.issues}
          />
          <PasswordField
            name="newPassword"
            label={t('security.newPassword')}
            hint={t('security.newPasswordHint', { min: chars.min })}
            autoComplete="new-password"
            required
            minLength={chars.min}
            maxLength={chars.max}
            issues={failure?.issues}
          />
        </CardBody>
        <CardFooter>
          <SubmitButton intent="password">{t('security.changePassword')}</SubmitButton>
        </CardFooter>
      </Card>
    </Form>
  );
}
