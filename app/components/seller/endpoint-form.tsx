import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { EndpointView } from '../../domain/endpoints/index.ts';
import { STREAMING_MODES } from '../../lib/service-options.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { FormErrors } from '../ui/alert.tsx';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { CloseRow, DeleteRow } from './chosen-row.tsx';
import { StateField } from './state-field.tsx';

const FIELDS = ['path', 'service', 'systemPrompt', 'defaultModel', 'streaming', 'status'];
const SAMPLE = 'translate';

export interface EndpointFormProps {
  /** The path that is changed; null for a new one. */
  endpoint: EndpointView | null;
  /** What paths may lead to. */
  services: readonly { id: string; name: string; slug: string }[];
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
}

/** Adds or changes a path of its own for a service. */
export function EndpointForm({ endpoint, services, values, issues }: EndpointFormProps) {
  const { t } = useTranslation('seller');
  const stored: Partial<Record<string, string>> = endpoint
    ? {
        path: endpoint.path,
        service: endpoint.service.id,
        systemPrompt: endpoint.systemPrompt,
        defaultModel: endpoint.defaultModel ?? '',
        streaming: endpoint.streaming,
        status: endpoint.status,
      }
    : {};
  const value = (name: string) => values[name] ?? stored[name];
  return (
    <Card id="path" className="scroll-mt-20">
      <CardHeader
        title={endpoint ? `/${endpoint.path}` : t('paths.add')}
        description={endpoint ? undefined : t('paths.addHint')}
        actions={endpoint && <CloseRow />}
      />
      <Form method="post" preventScrollReset>
        {endpoint && <input type="hidden" name="endpointId" value={endpoint.id} />}
        <CardBody className="grid gap-5">
          <FormErrors issues={issues} fields={FIELDS} />
          <div className="grid gap-5 sm:grid-cols-2">
            <TextField
              name="path"
              label={t('paths.path')}
              hint={t('paths.pathHint')}
              prefix="/"
              required
              maxLength={121}
              placeholder={SAMPLE}
              autoCapitalize="none"
              spellCheck={false}
              defaultValue={value('path')}
              issues={issues}
            />
            <SelectField
              name="service"
              label={t('paths.service')}
              hint={t('paths.serviceHint')}
              defaultValue={value('service')}
              issues={issues}
              options={services.map(({ id, name, slug }) => ({ value: id, label: `${name} (${slug})` }))}
            />
          </div>
          <TextAreaField
            name="systemPrompt"
            label={t('routing.systemPrompt')}
            hint={t('paths.systemPromptHint')}
            rows={4}
            maxLength={20_000}
            defaultValue={value('systemPrompt')}
            issues={issues}
          />
          <div className="grid gap-5 sm:grid-cols-2">
            <TextField
              name="defaultModel"
              label={t('paths.defaultModel')}
              hint={t('paths.defaultModelHint')}
              maxLength={128}
              autoCapitalize="none"
              spellCheck={false}
              defaultValue={value('defaultModel')}
              issues={issues}
            />
            <SelectField
              name="streaming"
              label={t('paths.streaming')}
              hint={t('paths.streamingHint')}
              defaultValue={value('streaming') ?? 'caller'}
              issues={issues}
              options={STREAMING_MODES.map((mode) => ({ value: mode, label: t(`streaming.${mode}`) }))}
            />
            {endpoint && <StateField value={value('status')} issues={issues} />}
          </div>
        </CardBody>
        <CardFooter>
          <SubmitButton intent={endpoint ? 'save' : 'add'} pendingLabel={t('service.saving')}>
            {endpoint ? t('service.save') : t('paths.add')}
          </SubmitButton>
        </CardFooter>
      </Form>
      {endpoint && (
        <DeleteRow
          hint={t('paths.deleteHint')}
          label={t('paths.delete')}
          title={t('paths.deleteTitle', { path: endpoint.path })}
          description={t('paths.deleteText')}
          fields={{ intent: 'delete', endpointId: endpoint.id }}
        />
      )}
    </Card>
  );
}
