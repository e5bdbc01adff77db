import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { ConnectionTest } from '../../domain/services/index.ts';
import type { PublicError } from '../../http/error-response.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { FormAlert, FormErrors } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { AboutFields } from './about-fields.tsx';
import { ConnectionFields } from './connection-fields.tsx';

const FIELDS = [
  ...[
    'name',
    'slug',
    'kind',
    'summary',
    'description',
    'category',
    'baseUrl',
    'models',
    'testPath',
    'dialect',
  ],
  ...['auth.placement', 'auth.parameterName', 'auth.secret'],
];

export interface ServiceFormProps {
  /** A service that is not saved yet; one that is shows parts of this form on pages of their own. */
  isNew: boolean;
  /** Of a saved service; new ones choose it. */
  kind?: 'http' | 'llm';
  /** By field name: what was typed, else what is stored. Never the secret. */
  values: Partial<Record<string, string>>;
  issues: FieldIssue[] | undefined;
  error: PublicError | null | undefined;
  /** Buyers' programs call the slug once it was published. */
  slugIsFixed: boolean;
  /** When the stored secret was set; null without one. */
  secretSetAt: Date | null;
  /** Outcome of the connection test that was just asked for. */
  test: ConnectionTest | null;
}

/** Lists a service. One form: testing the connection sends what is typed, saved or not. */
export function ServiceForm(props: ServiceFormProps) {
  const { t } = useTranslation('seller');
  return (
    <Form method="post" preventScrollReset className="group/service grid gap-6">
      <FormAlert error={props.error} />
      <FormErrors issues={props.issues} fields={FIELDS} />
      <Card>
        <CardHeader title={t('service.about')} description={t('service.aboutHint')} />
        <CardBody>
          <AboutFields {...props} />
        </CardBody>
      </Card>
      <Card>
        <CardHeader title={t('connection.title')} description={t('connection.hint')} />
        <CardBody>
          <ConnectionFields {...props} />
        </CardBody>
        <CardFooter>
          <SubmitButton intent="save" pendingLabel={t('service.saving')}>
            {t('service.create')}
          </SubmitButton>
        </CardFooter>
      </Card>
    </Form>
  );
}
