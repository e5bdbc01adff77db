import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { Viewer } from '../../http/require-user.ts';
import type { FormFailure } from '../../http/run-action.ts';
import { Alert, FormAlert } from '../ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';

export interface SellingCardProps {
  organization: Viewer['organization'];
  canManage: boolean;
  /** The viewer came here from a seller's page. */
  isWanted: boolean;
  failure: FormFailure | undefined;
}

/** Where a buyer becomes a seller too. */
export function SellingCard({ organization, canManage, isWanted, failure }: SellingCardProps) {
  const { t } = useTranslation('account');
  const { name, isSeller } = organization;
  const hint = isSeller ? t('selling.enabled', { name }) : isWanted ? t('selling.prompt') : null;
  return (
    <Form method="post">
      <Card>
        <CardHeader title={t('selling.title')} description={t('selling.description')} />
        <CardBody className="grid gap-4">
          <FormAlert error={failure?.error} />
          {hint && <Alert tone={isSeller ? 'success' : 'info'}>{hint}</Alert>}
          {!isSeller && !canManage && <Alert>{t('organization.readOnly', { name })}</Alert>}
        </CardBody>
        {(isSeller || canManage) && (
          <CardFooter>
            {isSeller ? (
              <ButtonLink to="/seller" variant="secondary">
                {t('selling.open')}
              </ButtonLink>
            ) : (
              <SubmitButton intent="enable-selling">{t('selling.enable')}</SubmitButton>
            )}
          </CardFooter>
        )}
      </Card>
    </Form>
  );
}
