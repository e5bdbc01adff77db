import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { FormFailure } from '../../http/run-action.ts';
import { FormAlert } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { TextField } from '../ui/field.tsx';

export function RedeemCard({ failure }: { failure: FormFailure | null }) {
  const { t } = useTranslation('wallet');
  // What is wrong with the code stands beside the code.
  const error = failure && failure.issues.length > 0 ? null : failure?.error;
  return (
    <Card>
      <CardHeader title={t('redeem.title')} description={t('redeem.description')} />
      <CardBody>
        <Form method="post" className="space-y-4">
          <FormAlert error={error} />
          <div className="grid items-start gap-4 sm:grid-cols-[1fr_auto]">
            <TextField
              name="code"
              label={t('redeem.code')}
              required
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              maxLength={40}
              placeholder={t('redeem.placeholder')}
              defaultValue={failure?.values['code']}
              issues={failure?.issues}
            />
            <SubmitButton intent="redeem" variant="secondary" className="sm:mt-6.5">
              {t('redeem.submit')}
            </SubmitButton>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
