import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { ListedKey } from '../../domain/keys/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { KEY_PERMISSIONS } from '../../lib/service-options.ts';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { CheckboxField, TextAreaField, TextField } from '../ui/field.tsx';
import { LIMIT_NAMES } from './key-limits.tsx';

/** Empty rows for new routes; without scripts, saving brings more. */
const SPARE_ROUTES = 2;
const EXAMPLE_PATTERN = 'gpt-4*';

export interface KeyFormProps {
  apiKey: ListedKey;
  /** What the key may be narrowed to. */
  services: readonly { id: string; name: string }[];
  /** Last day it works on, in the reader's time zone; '' when it does not expire. */
  lastDay: string;
  timeZone: string;
  issues: FieldIssue[] | undefined;
  /** What was typed before the server refused it; null at first. */
  values: Record<string, string> | null;
}

/** Everything about a key that can be changed. */
export function KeyForm({ apiKey, services, lastDay, timeZone, issues, values }: KeyFormProps) {
  const { t } = useTranslation('buyer');
  // Lists name the line that is wrong; the field shows it.
  const listIssues = (name: string) =>
    issues?.filter(({ field }) => field.startsWith(name)).map((issue) => ({ ...issue, field: name }));
  return (
    <Form method="post" className="grid gap-5">
      <Card>
        <CardHeader title={t('key.general')} />
        <CardBody className="grid items-start gap-4 md:grid-cols-2">
          <TextField
            name="name"
            label={t('keys.name')}
            required
            maxLength={64}
            autoComplete="off"
            defaultValue={values?.['name'] ?? apiKey.name}
            issues={issues}
          />
          <TextField
            name="lastDay"
            quiet
            type="date"
            label={t('key.expires')}
            hint={t('key.expiresHint', { zone: timeZone })}
            defaultValue={values ? (values['lastDay'] ?? '') : lastDay}
            issues={issues?.map((issue) =>
              issue.field === 'expiresAt' ? { ...issue, field: 'lastDay' } : issue,
            )}
          />
        </CardBody>
      </Card>
      <Card>
        <CardHeader title={t('key.access')} description={t('key.accessText')} />
        <CardBody className="grid items-start gap-x-6 gap-y-4 md:grid-cols-2">
          <fieldset className="min-w-0">
            <legend className="text-sm font-medium">{t('key.permissions')}</legend>
            {KEY_PERMISSIONS.map((permission) => (
              <CheckboxField
                key={permission}
                name="permissions[]"
                value={permission}
                label={t(`key.${permission}`)}
                defaultChecked={apiKey.permissions.includes(permission)}
                issues={
                  permission === 'read'
                    ? listIssues('permissions')?.map((issue) => ({ ...issue, field: 'permissions[]' }))
                    : undefined
                }
              />
            ))}
          </fieldset>
          {apiKey.subscriptionId === null && services.length > 0 && (
            <fieldset className="min-w-0">
              <legend className="text-sm font-medium">{t('key.services')}</legend>
              <p className="text-muted mt-1 text-sm">{t('key.servicesHint')}</p>
              <div className="max-h-56 overflow-y-auto">
                {services.map(({ id, name }) => (
                  <CheckboxField
                    key={id}
                    name="allowedServiceIds[]"
                    value={id}
                    label={name}
                    defaultChecked={apiKey.allowedServiceIds.includes(id)}
                  />
                ))}
              </div>
            </fieldset>
          )}
          <TextAreaField
            quiet
            name="allowedModels"
            label={t('key.models')}
            hint={t('key.modelsHint')}
            rows={3}
            spellCheck={false}
            defaultValue={values ? values['allowedModels'] : apiKey.allowedModels.join('\n')}
            issues={listIssues('allowedModels')}
          />
          <TextAreaField
            quiet
            name="allowedAddresses"
            label={t('key.addresses')}
            hint={t('key.addressesHint')}
            rows={3}
            spellCheck={false}
            defaultValue={values ? values['allowedAddresses'] : apiKey.allowedAddresses.join('\n')}
            issues={listIssues('allowedAddresses')}
          />
        </CardBody>
      </Card>
      <Card>
        <CardHeader title={t('key.limits')} description={t('key.limitsText')} />
        <CardBody className="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {LIMIT_NAMES.map((name) => (
            <TextField
              key={name}
              name={name}
              quiet
              type="number"
              inputMode="numeric"
              min={1}
              label={t(`key.${name}`)}
              defaultValue={values ? (values[name] ?? '') : (apiKey[name] ?? '')}
              issues={issues}
            />
          ))}
        </CardBody>
      </Card>
      <RouteFields apiKey={apiKey} issues={issues} values={values} />
    </Form>
  );
}

function RouteFields({ apiKey, issues, values }: Pick<KeyFormProps, 'apiKey' | 'issues' | 'values'>) {
  const { t } = useTranslation('buyer');
  const rows = Array.from(
    { length: apiKey.modelRoutes.length + SPARE_ROUTES },
    (_, i) => apiKey.modelRoutes[i],
  );
  const valueOf = (name: string, saved: string | number | undefined) =>
    values ? (values[name] ?? '') : (saved ?? '');
  return (
    <Card>
      <CardHeader title={t('key.routes')} description={t('key.routesText')} />
      <CardBody className="grid gap-4">
        {rows.map((route, i) => (
          <div
            key={i}
            className="border-line grid items-start gap-3 max-sm:border-b max-sm:pb-4 sm:grid-cols-[1fr_1fr_6rem]"
          >
            <TextField
              quiet
              name={`modelRoutes.${i}.pattern`}
              label={t('key.routePattern')}
              placeholder={EXAMPLE_PATTERN}
              defaultValue={valueOf(`modelRoutes.${i}.pattern`, route?.pattern)}
              issues={issues}
            />
            <TextField
              quiet
              name={`modelRoutes.${i}.target`}
              label={t('key.routeTarget')}
              hint={i === 0 ? t('key.routeTargetHint') : undefined}
              defaultValue={valueOf(`modelRoutes.${i}.target`, route?.target)}
              issues={issues}
            />
            <TextField
              quiet
              name={`modelRoutes.${i}.priority`}
              type="number"
              min={0}
              max={1000}
              label={t('key.routePriority')}
              defaultValue={valueOf(`modelRoutes.${i}.priority`, route?.priority)}
              issues={issues}
            />
          </div>
        ))}
        <p className="text-muted text-sm">{t('key.routeAdd')}</p>
      </CardBody>
      <CardFooter>
        <SubmitButton intent="save">{t('key.save')}</SubmitButton>
      </CardFooter>
    </Card>
  );
}
