import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { OauthPanel } from '../../components/seller/oauth-panel.tsx';
import { FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { locateCredential } from '../../domain/credentials/index.ts';
import {
  CALLBACK_PATH,
  OAUTH_PRESETS,
  completeOauth,
  findOauth,
  refreshOauth,
  startOauth,
  type StartOauthInput,
} from '../../domain/oauth/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formValues } from '../../http/parse-form.ts';
import { requireSeller } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['seller'] };

const FIELDS = [
  'provider',
  'grant',
  'clientId',
  'clientSecret',
  'authorizeUrl',
  'tokenUrl',
  'scopes',
  'code',
];

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireSeller(args);
  const t = await getTranslation(args, 'seller');
  const credentialId = args.params['id'] ?? '';
  return pageLoader(args, async () => ({
    title: t('oauth.title'),
    credentialId,
    place: await locateCredential(ctx, { credentialId }),
    status: await findOauth(ctx, { credentialId }),
    presets: OAUTH_PRESETS.map(({ name, scopes }) => ({ name, scopes })),
    callbackUrl: `${ctx.publicUrl}${CALLBACK_PATH}`,
  }));
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireSeller(args);
  return formAction(args, async () => {
    const credentialId = args.params['id'] ?? '';
    const here = `/seller/credentials/${credentialId}/oauth`;
    const form = await args.request.formData();
    const typed = (name: string): string | undefined => String(form.get(name) ?? '').trim() || undefined;
    switch (form.get('intent')) {
      case 'complete':
        await completeOauth(ctx, { credentialId, code: typed('code') ?? '', state: typed('state') });
        return redirectWithFlash(here, { messageKey: 'seller:oauth.connected', tone: 'success' });
      case 'refresh':
        await refreshOauth(ctx, { credentialId });
        return redirectWithFlash(here, { messageKey: 'seller:oauth.isRefreshed', tone: 'success' });
      default: {
        const names = ['provider', 'grant', 'clientId', 'clientSecret', 'authorizeUrl', 'tokenUrl', 'scopes'];
        const input = Object.fromEntries(names.map((name) => [name, typed(name)]));
        const { consent } = await startOauth(ctx, { ...input, credentialId } as StartOauthInput);
        if (!consent)
          return redirectWithFlash(here, { messageKey: 'seller:oauth.connected', tone: 'success' });
        return data({ values: formValues(form), issues: [], error: null, consent });
      }
    }
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: page }) => [
  { title: `${page?.title ?? ''} · Tollgate` },
];

export default function CredentialOauth() {
  const { t } = useTranslation('seller');
  const { credentialId, place, status, presets, callbackUrl } = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>();
  const { service, upstream } = place;
  const consent = answer && 'consent' in answer ? answer.consent : null;
  return (
    <>
      <PageHeader
        breadcrumbs={[
          { to: '/seller/services', label: t('services.title') },
          { to: `/seller/services/${service.id}/connection`, label: service.name },
          {
            to: `/seller/services/${service.id}/upstreams/${upstream.id}?key=${credentialId}`,
            label: upstream.name || new URL(upstream.baseUrl).host,
          },
        ]}
        title={t('oauth.title')}
        description={t('oauth.description')}
      />
      <FormAlert error={answer?.error} />
      <FormErrors issues={answer?.issues} fields={FIELDS} />
      <OauthPanel
        status={status}
        presets={presets}
        callbackUrl={callbackUrl}
        consent={consent}
        values={answer?.values ?? {}}
        issues={answer?.issues}
      />
    </>
  );
}
