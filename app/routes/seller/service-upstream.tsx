import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { AddCredentialsForm } from '../../components/seller/add-credentials-form.tsx';
import { CredentialCard } from '../../components/seller/credential-card.tsx';
import { CredentialsTable, useCredentialName } from '../../components/seller/credentials-table.tsx';
import { UpstreamForm } from '../../components/seller/upstream-form.tsx';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import {
  addCredentials,
  clearCredentials,
  deleteCredential,
  listCredentials,
  resetCredential,
  testCredential,
  updateCredential,
  type BatchResult,
} from '../../domain/credentials/index.ts';
import { listEgressPools } from '../../domain/egress/index.ts';
import { testConnection, type ConnectionTest } from '../../domain/services/index.ts';
import { deleteUpstream, listUpstreams, updateUpstream } from '../../domain/upstreams/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { loadOwnService } from '../../http/own-service-page.ts';
import { formValues } from '../../http/parse-form.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { readConnectionTest } from '../../http/service-form.ts';
import {
  readCredentialChanges,
  readNewCredentials,
  readUpstreamChanges,
  upstreamFormField,
} from '../../http/upstream-form.ts';
import { withWireFields } from '../../http/wire-fields.ts';
import { AppError } from '../../lib/app-error.ts';
import { toDecimal } from '../../lib/money.ts';

export const handle = { i18n: ['seller'] };

interface Outcome {
  /** Of what is typed. */
  test: ConnectionTest | null;
  /** Of one key of the pool. */
  keyTest: ConnectionTest | null;
  /** When lines were left out. */
  batch: BatchResult | null;
}

const NOTHING: Outcome = { test: null, keyTest: null, batch: null };

async function loadUpstream(args: LoaderFunctionArgs | ActionFunctionArgs) {
  const { ctx, service } = await loadOwnService(args);
  const upstreams = await listUpstreams(ctx, { serviceId: service.id });
  const upstream = upstreams.find(({ id }) => id === args.params['upstreamId']);
  if (!upstream) throw new AppError('not_found', 'There is no such upstream.');
  const credentials = await listCredentials(ctx, { upstreamId: upstream.id });
  return { ctx, service, upstream, credentials, isLast: upstreams.length === 1 };
}

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx, service, upstream, credentials, isLast } = await loadUpstream(args);
    const egressPools = (await listEgressPools(ctx)).map(({ id, name }) => ({ id, name }));
    const chosen = new URL(args.request.url).searchParams.get('key');
    const title = `${upstream.name || new URL(upstream.baseUrl).host} · ${service.name}`;
    return { title, service, upstream, credentials, isLast, egressPools, chosen };
  });
}

export async function action(args: ActionFunctionArgs) {
  return formAction(args, () =>
    withWireFields(upstreamFormField, async () => {
      const { ctx, service, upstream, credentials } = await loadUpstream(args);
      const form = await args.request.formData();
      const { id: upstreamId } = upstream;
      const credentialId = String(form.get('credentialId'));
      const here = `/seller/services/${service.id}/upstreams/${upstreamId}`;
      // What is shown on this page instead of leading away from it.
      const show = (outcome: Partial<Outcome>) =>
        data({ ...NOTHING, values: formValues(form), issues: [], error: null, ...outcome });
      const done = (messageKey: string, to = here) =>
        redirectWithFlash(to, { messageKey: `seller:flash.${messageKey}`, tone: 'success' });
      switch (form.get('intent')) {
        case 'test': {
          const saved = { serviceId: service.id, kind: service.kind, upstreamId };
          return show({ test: await testConnection(ctx, readConnectionTest(form, saved)) });
        }
        case 'add-keys': {
          const batch = await addCredentials(ctx, readNewCredentials(form, upstreamId));
          if (batch.skipped.length > 0) return show({ batch });
          return redirectWithFlash(here, {
            messageKey: 'seller:flash.keysAdded',
            tone: 'success',
            params: { count: batch.added.length },
          });
        }
        case 'test-key':
          return show({ keyTest: await testCredential(ctx, { credentialId }) });
        case 'save-key':
          await updateCredential(ctx, readCredentialChanges(form));
          return done('saved');
        case 'disable-key':
          await updateCredential(ctx, { credentialId, status: 'disabled' });
          return done('keyDisabled');
        case 'enable-key':
          await updateCredential(ctx, { credentialId, status: 'active' });
          return done('keyEnabled');
        case 'reset-key':
          await resetCredential(ctx, { credentialId });
          return done('keyReset');
        case 'delete-key':
          await deleteCredential(ctx, { credentialId });
          return done('keyDeleted');
        case 'clear-keys':
          if (form.get('confirm') !== service.slug) {
            const issues = [{ field: 'confirm', reason: 'mismatch' }];
            return formFailure({ issues, values: formValues(form) });
          }
          await clearCredentials(ctx, { upstreamId });
          return done('poolCleared');
        case 'delete':
          await deleteUpstream(ctx, { upstreamId });
          return done('upstreamDeleted', `/seller/services/${service.id}/connection`);
        default: {
          const stored = credentials[0] && { ...credentials[0] };
          await updateUpstream(ctx, readUpstreamChanges(form, { upstreamId, kind: service.kind, stored }));
          return done('saved');
        }
      }
    }),
  );
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

const KEY_INTENTS = ['save-key', 'test-key'];

export default function EditUpstream() {
  const { t } = useTranslation('seller');
  const { service, upstream, credentials, isLast, egressPools, chosen } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const nameOf = useCredentialName();
  const base = `/seller/services/${service.id}`;
  const intent = result?.values['intent'] ?? 'save';
  // Three forms stand on this page; what came back belongs to the one that was sent.
  const forKeys = KEY_INTENTS.includes(intent) ? result : undefined;
  const forBatch = intent === 'add-keys' ? result : undefined;
  const forUpstream = intent === 'save' || intent === 'test' ? result : undefined;
  const outcome: Outcome = { ...NOTHING, ...(result as Partial<Outcome> | undefined) };
  const position = credentials.findIndex(({ id }) => id === (forKeys?.values['credentialId'] ?? chosen));
  const credential = credentials[position];
  const [first] = credentials;
  const text = (value: number | string | null) => (value === null ? '' : String(value));
  return (
    <>
      <PageHeader
        breadcrumbs={[
          { to: '/seller/services', label: t('services.title') },
          { to: base, label: service.name },
          { to: `${base}/connection`, label: t('service.connection') },
        ]}
        title={upstream.name || new URL(upstream.baseUrl).host}
        description={<span className="break-all">{upstream.baseUrl}</span>}
      />
      <FormAlert error={forUpstream ? undefined : result?.error} />
      {intent === 'clear-keys' && <FormErrors issues={result?.issues} fields={[]} />}
      <Section title={t('pool.title')} description={t('pool.hint')}>
        <Card key={credentials.length}>
          <CredentialsTable credentials={credentials} />
        </Card>
      </Section>
      {credential && (
        <CredentialCard
          key={credential.id + credential.updatedAt.getTime()}
          credential={credential}
          name={nameOf(credential, position)}
          values={forKeys?.values ?? {}}
          issues={forKeys?.issues}
          test={forKeys ? outcome.keyTest : null}
        />
      )}
      <AddCredentialsForm
        key={`add-${credentials.length}`}
        values={{
          ...(first &&
            first.placement !== 'none' && {
              'auth.placement': first.placement,
              'auth.parameterName': first.parameterName ?? '',
            }),
          ...forBatch?.values,
        }}
        issues={forBatch?.issues}
        result={forBatch ? outcome.batch : null}
      />
      <UpstreamForm
        key={upstream.updatedAt.getTime()}
        kind={service.kind}
        values={{
          ...{ baseUrl: upstream.baseUrl, dialect: upstream.dialect, models: upstream.models.join('\n') },
          ...{ name: upstream.name, status: upstream.status, region: upstream.region ?? '' },
          ...{ priority: text(upstream.priority), weight: text(upstream.weight) },
          costPerMillion:
            upstream.costNanosPerMillion === null ? '' : toDecimal(upstream.costNanosPerMillion),
          ...{ maxConcurrency: text(upstream.maxConcurrency), egressPoolId: upstream.egressPoolId ?? '' },
          ...{ connectTimeoutMs: text(upstream.connectTimeoutMs), maxRetries: text(upstream.maxRetries) },
          ...{ firstByteTimeoutMs: text(upstream.firstByteTimeoutMs) },
          ...{ idleTimeoutMs: text(upstream.idleTimeoutMs), totalTimeoutMs: text(upstream.totalTimeoutMs) },
          ...{ abandonPolicy: upstream.abandonPolicy, apiVersion: upstream.apiVersion ?? '' },
          'auth.placement': first?.placement ?? 'none',
          'auth.parameterName': first?.parameterName ?? '',
          ...forUpstream?.values,
        }}
        issues={forUpstream?.issues}
        error={forUpstream?.error}
        secretSetAt={first?.secretSetAt ?? null}
        poolSize={credentials.length}
        test={forUpstream ? outcome.test : null}
        egressPools={egressPools}
      />
      <Card>
        <CardHeader title={t('upstream.endTitle')} description={t('upstream.endHint')} />
        <CardBody className="flex flex-wrap gap-3">
          {credentials.length > 0 && (
            <ConfirmDialog
              triggerLabel={t('pool.clear')}
              title={t('pool.clearTitle', { count: credentials.length })}
              description={t('pool.clearText')}
              confirmLabel={t('pool.clear')}
              fields={{ intent: 'clear-keys' }}
            >
              <TextField
                name="confirm"
                label={t('pool.clearConfirm', { word: service.slug })}
                required
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                pattern={service.slug}
              />
            </ConfirmDialog>
          )}
          {!isLast && (
            <ConfirmDialog
              triggerLabel={t('upstream.delete')}
              triggerVariant="danger"
              title={t('upstream.deleteTitle')}
              description={t('upstream.deleteText', { count: credentials.length })}
              confirmLabel={t('upstream.delete')}
              fields={{ intent: 'delete' }}
            />
          )}
          {isLast && <p className="text-muted self-center text-sm">{t('upstream.lastOne')}</p>}
        </CardBody>
      </Card>
    </>
  );
}
