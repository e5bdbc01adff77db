import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { CreateKeyForm } from '../../components/buyer/create-key-form.tsx';
import { IssuedKey } from '../../components/buyer/issued-key.tsx';
import { KeysTable } from '../../components/buyer/keys-table.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import type { Context } from '../../domain/context.ts';
import { createKey, listKeys, revokeKey, type ListedKey } from '../../domain/keys/index.ts';
import { getPublishedService } from '../../domain/services/index.ts';
import { listSubscriptions } from '../../domain/subscriptions/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { curlSample } from '../../lib/call-sample.ts';

export const handle = { i18n: ['buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const [keys, subscriptions] = await Promise.all([listKeys(ctx), listSubscriptions(ctx)]);
    const search = new URL(args.request.url).searchParams;
    const showEnded = search.has('ended');
    const isOver = ({ state }: ListedKey) => state === 'revoked' || state === 'expired';
    return {
      title: t('keys.title'),
      keys: showEnded ? keys : keys.filter((key) => !isOver(key)),
      ended: keys.filter(isOver).length,
      showEnded,
      scopes: subscriptions.map(({ id, service }) => ({ id, serviceName: service.name })),
      scope: search.get('subscription'),
      mayManage: role !== 'billing',
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

/** The answer to a new key carries its secret, and is the only one that does. */
export const headers = () => ({ 'cache-control': 'private, no-store' });

const DAY_MS = 86_400_000;

const form = z.discriminatedUnion('intent', [
  z.strictObject({
    intent: z.literal('create'),
    name: z.string(),
    subscriptionId: z.string().optional(),
    lifetimeDays: z.coerce.number().int().min(1).max(3_650).optional(),
  }),
  z.strictObject({ intent: z.literal('revoke'), keyId: z.string() }),
]);

/** A call to show a new key with: of the service it is for, else of the newest subscription. */
async function sampleFor(ctx: Context, subscriptionId: string | null, secret: string) {
  const subscriptions = await listSubscriptions(ctx);
  const subscription = subscriptions.find(({ id, status }) =>
    subscriptionId ? id === subscriptionId : status === 'active',
  );
  if (!subscription) return { curl: null, llmOrigin: null };
  const service = await getPublishedService(ctx, subscription.service.id);
  const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
  // A key for everything is one for models, too, whatever was subscribed to last.
  const reaches = subscriptionId ? [subscription] : subscriptions.filter(({ status }) => status === 'active');
  return {
    curl: curlSample(origin, service, secret),
    llmOrigin: reaches.some((one) => one.service.kind === 'llm') ? origin : null,
  };
}

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    if (parsed.value.intent === 'revoke') {
      await revokeKey(ctx, { keyId: parsed.value.keyId });
      return redirectWithFlash('/buyer/keys', { messageKey: 'buyer:flash.keyRevoked', tone: 'success' });
    }
    const { name, subscriptionId = null, lifetimeDays } = parsed.value;
    const expiresAt = lifetimeDays ? new Date(ctx.clock.now() + lifetimeDays * DAY_MS) : null;
    const { key, secret } = await createKey(ctx, { name, subscriptionId, expiresAt });
    return {
      issued: { id: key.id, name: key.name, secret, ...(await sampleFor(ctx, key.subscriptionId, secret)) },
    };
  });
}

export default function Keys() {
  const { t } = useTranslation('buyer');
  const { keys, ended, showEnded, scopes, scope, mayManage } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const failure = result && 'issues' in result ? result : null;
  const issued = result && 'issued' in result ? result.issued : null;
  return (
    <>
      <PageHeader title={t('keys.title')} description={t('keys.description')} />
      <FormAlert error={failure?.error} />
      {issued && <IssuedKey {...issued} />}
      {mayManage ? (
        !issued && (
          <CreateKeyForm
            scopes={scopes}
            scope={scope}
            issues={failure?.issues}
            values={failure?.values ?? {}}
          />
        )
      ) : (
        <Alert tone="info">{t('keys.noRole')}</Alert>
      )}
      <Card>
        <KeysTable keys={keys} mayManage={mayManage} />
      </Card>
      {ended > 0 && (
        <div>
          <ButtonLink to={showEnded ? '/buyer/keys' : '?ended'} variant="ghost" size="sm" preventScrollReset>
            {t(showEnded ? 'keys.hideEnded' : 'keys.showEnded')}
          </ButtonLink>
        </div>
      )}
    </>
  );
}
