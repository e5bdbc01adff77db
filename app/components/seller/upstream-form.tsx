import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { ABANDON_POLICIES } from '../../lib/service-options.ts';
import { FormAlert, FormErrors } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { ConnectionFields, type ConnectionFieldsProps } from './connection-fields.tsx';
import type { ServiceFormProps } from './service-form.tsx';
import { StateField } from './state-field.tsx';

const TIMEOUTS = ['connectTimeoutMs', 'firstByteTimeoutMs', 'idleTimeoutMs', 'totalTimeoutMs'] as const;
const FIELDS = [
  ...['baseUrl', 'dialect', 'models', 'testPath', 'auth.placement', 'auth.parameterName', 'auth.secret'],
  ...['name', 'priority', 'weight', 'region', 'costPerMillion', 'maxConcurrency', 'egressPoolId', 'status'],
  ...['maxRetries', 'abandonPolicy', 'apiVersion', ...TIMEOUTS],
];

export interface UpstreamFormProps
  extends Omit<ConnectionFieldsProps, 'isNew'>, Pick<ServiceFormProps, 'error'> {
  /** Pools of outbound proxies to choose from. */
  egressPools: readonly { id: string; name: string }[];
}

/** Adds or changes one place that a service's calls may go to. */
export function UpstreamForm({ egressPools, error, ...props }: UpstreamFormProps) {
  const { t } = useTranslation('seller');
  const { values, issues, kind, poolSize } = props;
  const number = (name: string) => ({
    name,
    inputMode: 'numeric' as const,
    defaultValue: values[name],
    issues,
  });
  return (
    <Form method="post" preventScrollReset className="group/service">
      <Card>
        <CardHeader title={t('connection.title')} description={t('connection.hint')} />
        <CardBody className="grid gap-6">
          <FormAlert error={error} />
          <FormErrors issues={issues} fields={FIELDS} />
          <ConnectionFields {...props} isNew={false} />
          <fieldset className="border-line grid gap-4 border-t pt-5">
            <legend className="sr-only">{t('upstream.choice')}</legend>
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField
                name="name"
                label={t('upstream.name')}
                hint={t('upstream.nameHint')}
                maxLength={60}
                defaultValue={values['name']}
                issues={issues}
              />
              <StateField hint={t('upstream.statusHint')} value={values['status']} issues={issues} />
              <TextField
                {...number('priority')}
                label={t('upstream.priority')}
                hint={t('upstream.priorityHint')}
              />
              <TextField {...number('weight')} label={t('upstream.weight')} hint={t('upstream.weightHint')} />
              {kind === 'llm' && (
                <TextField
                  name="costPerMillion"
                  inputMode="decimal"
                  prefix="$"
                  label={t('upstream.cost')}
                  hint={t('upstream.costHint')}
                  defaultValue={values['costPerMillion']}
                  issues={issues}
                />
              )}
              <TextField
                {...number('maxConcurrency')}
                label={t('upstream.maxConcurrency')}
                hint={t('upstream.maxConcurrencyHint')}
              />
              <TextField
                name="region"
                label={t('upstream.region')}
                hint={t('upstream.regionHint')}
                maxLength={40}
                defaultValue={values['region']}
                issues={issues}
              />
              {egressPools.length > 0 && (
                <SelectField
                  name="egressPoolId"
                  label={t('upstream.egress')}
                  hint={t('upstream.egressHint')}
                  defaultValue={values['egressPoolId'] ?? ''}
                  issues={issues}
                  options={[
                    { value: '', label: t('upstream.direct') },
                    ...egressPools.map(({ id, name }) => ({ value: id, label: name })),
                  ]}
                />
              )}
            </div>
          </fieldset>
          <details open={issues?.some(({ field }) => /Ms$|maxRetries|abandonPolicy|apiVersion/.test(field))}>
            <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
              {t('upstream.patience')}
            </summary>
            <div className="grid gap-4 pt-2 sm:grid-cols-2">
              {TIMEOUTS.map((name) => (
                <TextField
                  key={name}
                  {...number(name)}
                  label={t(`upstream.${name}`)}
                  suffix={t('unit.milliseconds')}
                />
              ))}
              <TextField
                {...number('maxRetries')}
                label={t('upstream.maxRetries')}
                hint={t('upstream.maxRetriesHint')}
              />
              <SelectField
                name="abandonPolicy"
                label={t('upstream.abandon')}
                hint={t('upstream.abandonHint')}
                defaultValue={values['abandonPolicy'] ?? 'cancel'}
                issues={issues}
                options={ABANDON_POLICIES.map((policy) => ({ value: policy, label: t(`abandon.${policy}`) }))}
              />
              {kind === 'llm' && (
                <TextField
                  name="apiVersion"
                  label={t('upstream.apiVersion')}
                  hint={t('upstream.apiVersionHint')}
                  maxLength={40}
                  spellCheck={false}
                  defaultValue={values['apiVersion']}
                  issues={issues}
                />
              )}
            </div>
          </details>
        </CardBody>
        <CardFooter>
          <SubmitButton intent="save" pendingLabel={t('service.saving')}>
            {poolSize === undefined ? t('upstream.add') : t('service.save')}
          </SubmitButton>
        </CardFooter>
      </Card>
    </Form>
  );
}
