import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { FormFailure } from '../../http/run-action.ts';
import { FormErrors } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';

const REASONS = [
  'upstream_error',
  'duplicate',
  'wrong_amount',
  'wrong_answer',
  'unauthorized',
  'other',
] as const;

export interface OpenDisputeFormProps {
  /** Contest this call; null: a range of a service's calls. */
  requestId: string | null;
  services: readonly { id: string; name: string }[];
  days: { first: string; last: string };
  /** At most so many calls of so many days. */
  bounds: { count: number; days: number };
  failure: FormFailure | undefined;
}

export function OpenDisputeForm({ requestId, services, days, bounds, failure }: OpenDisputeFormProps) {
  const { t } = useTranslation('disputes');
  const values = failure?.values ?? {};
  const issues = failure?.issues;
  if (requestId === null && services.length === 0) {
    return <p className="text-muted text-sm">{t('open.noServices')}</p>;
  }
  return (
    <Card>
      <CardHeader
        title={t('open.title')}
        description={requestId === null ? t('open.rangeText', bounds) : t('open.callText', { id: requestId })}
      />
      <CardBody>
        <Form method="post" className="grid gap-4">
          <FormErrors issues={issues} fields={['service', 'from', 'to', 'reason', 'description']} />
          {requestId === null ? (
            <div className="grid gap-4 sm:grid-cols-3">
              <SelectField
                name="service"
                label={t('open.service')}
                options={services.map(({ id, name }) => ({ value: id, label: name }))}
                defaultValue={values['service']}
                issues={issues}
              />
              <TextField
                name="from"
                type="date"
                label={t('open.from')}
                hint={t('open.dayHint')}
                required
                defaultValue={values['from'] ?? days.first}
                issues={issues}
              />
              <TextField
                name="to"
                type="date"
                label={t('open.to')}
                hint={t('open.toHint')}
                required
                defaultValue={values['to'] ?? days.last}
                issues={issues}
              />
            </div>
          ) : (
            <input type="hidden" name="request" value={requestId} />
          )}
          <SelectField
            name="reason"
            label={t('open.reason')}
            options={REASONS.map((value) => ({ value, label: t(`reason.${value}`) }))}
            defaultValue={values['reason']}
            issues={issues}
          />
          <TextAreaField
            name="description"
            label={t('open.description')}
            hint={t('open.descriptionHint')}
            rows={4}
            maxLength={2000}
            defaultValue={values['description']}
            issues={issues}
          />
          <SubmitButton className="justify-self-start">{t('open.submit')}</SubmitButton>
        </Form>
      </CardBody>
    </Card>
  );
}
