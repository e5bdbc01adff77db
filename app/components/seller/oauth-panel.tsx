import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { OauthPreset, OauthStatus, StartedOauth } from '../../domain/oauth/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { Alert } from '../ui/alert.tsx';
import { Badge, type BadgeTone } from '../ui/badge.tsx';
import { ButtonLink, SubmitButton } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Card, CardBody, CardFooter, CardHeader } from '../ui/card.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { DateTime } from '../ui/format.tsx';

const TONES: Record<OauthStatus['status'], BadgeTone> = {
  pending: 'info',
  active: 'success',
  failed: 'danger',
};

export interface OauthPanelProps {
  /** Null: not connected yet. */
  status: OauthStatus | null;
  presets: Pick<OauthPreset, 'name' | 'scopes'>[];
  /** Where the provider sends people back to. */
  callbackUrl: string;
  /** An authorization that was begun by the last submit. */
  consent: StartedOauth['consent'];
  /** What was typed, without secrets. */
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
}

/** Connects a credential to a provider by OAuth 2; forms post `intent` start, complete and refresh. */
export function OauthPanel({ consent, ...rest }: OauthPanelProps) {
  const { status, issues } = rest;
  return (
    <div className="grid gap-6">
      {status && <StatusCard status={status} />}
      {consent && <ConsentCard consent={consent} issues={issues} />}
      <StartCard {...rest} />
    </div>
  );
}

function StatusCard({ status }: { status: OauthStatus }) {
  const { t } = useTranslation('seller');
  return (
    <Card>
      <CardHeader
        title={t(`oauth.provider.${providerKey(status.provider)}`)}
        description={status.tokenUrl}
        actions={<Badge tone={TONES[status.status]}>{t(`oauth.status.${status.status}`)}</Badge>}
      />
      <CardBody className="grid gap-3">
        {status.lastError && (
          <Alert tone="warning" title={t('oauth.lastError', { reason: status.lastError })} />
        )}
        <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[auto_1fr]">
          <dt className="text-muted">{t('oauth.expires')}</dt>
          <dd>{status.expiresAt ? <DateTime value={status.expiresAt} /> : t('oauth.unknown')}</dd>
          <dt className="text-muted">{t('oauth.refreshed')}</dt>
          <dd>{status.refreshedAt ? <DateTime value={status.refreshedAt} /> : t('oauth.never')}</dd>
        </dl>
      </CardBody>
      {status.status === 'active' && (
        <CardFooter>
          <Form method="post" preventScrollReset>
            <SubmitButton intent="refresh" variant="secondary">
              {t('oauth.refresh')}
            </SubmitButton>
          </Form>
        </CardFooter>
      )}
    </Card>
  );
}

function ConsentCard({
  consent,
  issues,
}: {
  consent: NonNullable<StartedOauth['consent']>;
  issues: FieldIssue[] | undefined;
}) {
  const { t } = useTranslation('seller');
  return (
    <Form method="post" preventScrollReset>
      <input type="hidden" name="state" value={consent.state} />
      <Card>
        <CardHeader title={t('oauth.consentTitle')} description={t('oauth.consentHint')} />
        <CardBody className="grid gap-4">
          <ButtonLink to={consent.url} target="_blank" rel="noreferrer" className="justify-self-start">
            {t('oauth.giveConsent')}
          </ButtonLink>
          <TextField
            name="code"
            label={t('oauth.code')}
            hint={t('oauth.codeHint')}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            issues={issues}
          />
        </CardBody>
        <CardFooter>
          <SubmitButton intent="complete">{t('oauth.complete')}</SubmitButton>
        </CardFooter>
      </Card>
    </Form>
  );
}

function StartCard({ status, presets, callbackUrl, values, issues }: Omit<OauthPanelProps, 'consent'>) {
  const { t } = useTranslation('seller');
  const text = { autoCapitalize: 'none', autoComplete: 'off', spellCheck: false, issues } as const;
  return (
    <Form method="post" preventScrollReset>
      <Card>
        <CardHeader
          title={status ? t('oauth.startAgain') : t('oauth.start')}
          description={t('oauth.startHint')}
        />
        <CardBody className="grid gap-4 sm:grid-cols-2">
          <div className="flex flex-wrap items-center gap-3 sm:col-span-2">
            <code className="text-sm break-all">{callbackUrl}</code>
            <CopyButton value={callbackUrl} />
          </div>
          <SelectField
            name="provider"
            label={t('oauth.providerLabel')}
            defaultValue={values['provider'] ?? status?.provider ?? presets[0]?.name}
            issues={issues}
            options={[...presets.map(({ name }) => name), 'custom'].map((name) => ({
              value: name,
              label: t(`oauth.provider.${providerKey(name)}`),
            }))}
          />
          <SelectField
            name="grant"
            label={t('oauth.grantLabel')}
            defaultValue={values['grant'] ?? status?.grant ?? 'authorization_code'}
            issues={issues}
            options={(['authorization_code', 'client_credentials'] as const).map((grant) => ({
              value: grant,
              label: t(`oauth.grant.${grant}`),
            }))}
          />
          <TextField
            {...text}
            name="clientId"
            label={t('oauth.clientId')}
            required
            defaultValue={values['clientId'] ?? status?.clientId}
          />
          <TextField
            {...text}
            name="clientSecret"
            type="password"
            label={t('oauth.clientSecret')}
            hint={status?.hasClientSecret ? t('oauth.clientSecretKept') : t('oauth.clientSecretHint')}
          />
          <TextField
            {...text}
            name="authorizeUrl"
            type="url"
            label={t('oauth.authorizeUrl')}
            hint={t('oauth.presetHint')}
            defaultValue={values['authorizeUrl']}
          />
          <TextField
            {...text}
            name="tokenUrl"
            type="url"
            label={t('oauth.tokenUrl')}
            hint={t('oauth.presetHint')}
            defaultValue={values['tokenUrl']}
          />
          <TextField
            {...text}
            name="scopes"
            label={t('oauth.scopes')}
            hint={t('oauth.scopesHint')}
            defaultValue={values['scopes']}
          />
        </CardBody>
        <CardFooter>
          <SubmitButton intent="start">{t('oauth.connect')}</SubmitButton>
        </CardFooter>
      </Card>
    </Form>
  );
}

const PROVIDERS = ['anthropic', 'google', 'microsoft', 'github', 'huggingface'] as const;

function providerKey(name: string): (typeof PROVIDERS)[number] | 'custom' {
  return PROVIDERS.find((one) => one === name) ?? 'custom';
}
