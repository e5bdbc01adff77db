import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { KeyBudgets } from '../../components/budgets/key-budgets.tsx';
import { IssuedKey } from '../../components/buyer/issued-key.tsx';
import { maskedKey, RevokeKey, RotateKey, SwitchKey } from '../../components/buyer/key-actions.tsx';
import { KeyForm } from '../../components/buyer/key-form.tsx';
import { LimitList } from '../../components/buyer/key-limits.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '../../components/ui/card.tsx';
import { DateTime } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { listBudgets } from '../../domain/budgets/index.ts';
import type { Context } from '../../domain/context.ts';
import { getKey, revokeKey, rotateKey, updateKey, type KeyView } from '../../domain/keys/index.ts';
import { getOrganization } from '../../domain/organizations/index.ts';
import { getPublishedService } from '../../domain/services/index.ts';
import { listSubscriptions } from '../../domain/subscriptions/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { curlSample } from '../../lib/call-sample.ts';
import { KEY_PERMISSIONS, ROTATION_GRACE_HOURS } from '../../lib/service-options.ts';
import { addDays, dayOf, startOfDay } from '../../lib/time.ts';

export const handle = { i18n: ['buyer', 'budgets'] };

/** The last day a key works on; '' when it does not expire. */
function lastDayOf({ expiresAt }: Pick<KeyView, 'expiresAt'>, timeZone: string): string {
  return expiresAt ? dayOf(new Date(expiresAt.getTime() - 1), timeZone) : '';
}

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role, user } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const keyId = args.params['id'] ?? '';
    const [key, budgets, subscriptions, organization] = await Promise.all([
      getKey(ctx, { keyId }),
      listBudgets(ctx, { keyId }),
      listSubscriptions(ctx),
      getOrganization(ctx),
    ]);
    return {
      title: t('key.title', { name: key.name }),
      key,
      lastDay: lastDayOf(key, user.timeZone),
      timeZone: user.timeZone,
      services: subscriptions.map(({ service }) => ({ id: service.id, name: service.name })),
      plan: subscriptions.find(({ id }) => id === key.subscriptionId)?.plan ?? null,
      organization,
      budgets,
      mayManage: role !== 'billing',
      mayBudget: role !== 'member',
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

/** The answer to a rotation carries the new secret, and is the only one that does. */
export const headers = () => ({ 'cache-control': 'private, no-store' });

const lines = z
  .string()
  .optional()
  .transform((text) =>
    (text ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
const limit = z.coerce.number().int().min(1).optional();

const form = z.discriminatedUnion('intent', [
  z.strictObject({
    intent: z.literal('save'),
    name: z.string(),
    lastDay: z.iso.date().optional(),
    permissions: z.array(z.enum(KEY_PERMISSIONS)).default([]),
    allowedServiceIds: z.array(z.string()).default([]),
    allowedModels: lines,
    allowedAddresses: lines,
    requestsPerMinute: limit,
    requestsPerDay: limit,
    tokensPerMinute: limit,
    tokensPerDay: limit,
    maxConcurrency: limit,
    modelRoutes: z
      .array(
        z.strictObject({
          pattern: z.string(),
          target: z.string(),
          priority: z.coerce.number().int().min(0).max(1_000).default(0),
        }),
      )
      .default([]),
  }),
  z.strictObject({ intent: z.literal('enable') }),
  z.strictObject({ intent: z.literal('disable') }),
  z.strictObject({ intent: z.literal('revoke'), keyId: z.string() }),
  z.strictObject({
    intent: z.literal('rotate'),
    graceHours: z.coerce.number().pipe(z.literal(ROTATION_GRACE_HOURS)),
  }),
]);

type SavedForm = Extract<z.output<typeof form>, { intent: 'save' }>;

async function save(ctx: Context, keyId: string, timeZone: string, input: SavedForm): Promise<void> {
  const { intent: _intent, lastDay = '', ...settings } = input;
  const key = await getKey(ctx, { keyId });
  // A day typed stands for its end; the day shown stands for the very moment that is stored.
  const chosen = lastDay === '' ? null : startOfDay(addDays(lastDay, 1), timeZone);
  await updateKey(ctx, {
    keyId,
    ...settings,
    requestsPerMinute: settings.requestsPerMinute ?? null,
    requestsPerDay: settings.requestsPerDay ?? null,
    tokensPerMinute: settings.tokensPerMinute ?? null,
    tokensPerDay: settings.tokensPerDay ?? null,
    maxConcurrency: settings.maxConcurrency ?? null,
    expiresAt: lastDay === lastDayOf(key, timeZone) ? key.expiresAt : chosen,
  });
}

async function rotate(ctx: Context, keyId: string, graceHours: (typeof ROTATION_GRACE_HOURS)[number]) {
  // Everything that can fail comes before the key: its secret could not be shown again.
  const { subscriptionId } = await getKey(ctx, { keyId });
  const subscriptions = await listSubscriptions(ctx);
  const subscription = subscriptions.find(({ id }) => id === subscriptionId);
  const service = subscription && (await getPublishedService(ctx, subscription.service.id));
  const { key, secret } = await rotateKey(ctx, { keyId, graceHours });
  const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
  return {
    issued: {
      id: key.id,
      name: key.name,
      secret,
      curl: service ? curlSample(origin, service, secret) : null,
      llmOrigin: service?.kind === 'llm' ? origin : null,
    },
  };
}

export async function action(args: ActionFunctionArgs) {
  const { ctx, user } = await requireUser(args);
  const keyId = args.params['id'] ?? '';
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { value } = parsed;
    switch (value.intent) {
      case 'rotate':
        return rotate(ctx, keyId, value.graceHours);
      case 'revoke':
        await revokeKey(ctx, { keyId });
        return redirectWithFlash('/buyer/keys', { messageKey: 'buyer:flash.keyRevoked', tone: 'success' });
      case 'enable':
      case 'disable':
        await updateKey(ctx, { keyId, status: value.intent === 'enable' ? 'active' : 'disabled' });
        return redirectWithFlash(`/buyer/keys/${keyId}`, {
          messageKey: value.intent === 'enable' ? 'buyer:flash.keyEnabled' : 'buyer:flash.keyDisabled',
          tone: 'success',
        });
      case 'save':
        await save(ctx, keyId, user.timeZone, value);
        return redirectWithFlash(`/buyer/keys/${keyId}`, {
          messageKey: 'buyer:flash.keySaved',
          tone: 'success',
        });
    }
  });
}

export default function Key() {
  const { t } = useTranslation('buyer');
  const { key, lastDay, timeZone, services, mayManage, mayBudget, budgets } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const failure = result && 'issues' in result ? result : null;
  const issued = result && 'issued' in result ? result.issued : null;
  const isOver = key.state === 'revoked' || key.state === 'expired';
  return (
    <>
      <PageHeader
        title={key.name}
        breadcrumbs={[{ to: '/buyer/keys', label: t('keys.title') }]}
        actions={mayManage && !isOver && <KeyActions />}
      />
      <FormAlert error={failure?.error} />
      {issued && <IssuedKey {...issued} />}
      <Facts />
      {key.state === 'disabled' && <Alert tone="warning">{t('key.disabledText')}</Alert>}
      {isOver && <Alert tone="info">{t('key.ended')}</Alert>}
      {mayManage && key.state !== 'revoked' && (
        <KeyForm
          // Saved values take the place of typed ones.
          key={JSON.stringify(key)}
          apiKey={key}
          services={services}
          lastDay={lastDay}
          timeZone={timeZone}
          issues={failure?.issues}
          values={failure?.values ?? null}
        />
      )}
      <KeyBudgets keyId={key.id} budgets={budgets} mayManage={mayBudget} />
      <OtherLimits />
    </>
  );
}

function KeyActions() {
  const { key } = useLoaderData<typeof loader>();
  return (
    <>
      {key.state === 'active' && <RotateKey apiKey={key} />}
      <SwitchKey apiKey={key} />
      <RevokeKey apiKey={key} />
    </>
  );
}

function Facts() {
  const { t } = useTranslation('buyer');
  const { key } = useLoaderData<typeof loader>();
  return (
    <Card>
      <CardHeader
        title={t('key.facts')}
        actions={
          <ButtonLink
            to={key.service ? `/buyer/playground?service=${key.service.slug}` : '/buyer/playground'}
            variant="ghost"
            size="sm"
          >
            {t('key.playground')}
          </ButtonLink>
        }
      />
      <CardBody>
        <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-[auto_1fr]">
          <dt className="text-muted">{t('keys.status')}</dt>
          <dd>
            <StatusBadge noun="key" status={key.state} />
          </dd>
          <dt className="text-muted">{t('keys.key')}</dt>
          <dd>
            <code>{maskedKey(key)}</code>
          </dd>
          <dt className="text-muted">{t('keys.scope')}</dt>
          <dd>{key.service?.name ?? t('keys.scopeAll')}</dd>
          <dt className="text-muted">{t('keys.created')}</dt>
          <dd>
            <DateTime value={key.createdAt} />
          </dd>
          <dt className="text-muted">{t('keys.lastUsed')}</dt>
          <dd>{key.lastUsedAt ? <DateTime value={key.lastUsedAt} /> : t('keys.neverUsed')}</dd>
          {key.expiresAt && (
            <>
              <dt className="text-muted">{t('keys.expires')}</dt>
              <dd>
                <DateTime value={key.expiresAt} />
              </dd>
            </>
          )}
        </dl>
      </CardBody>
    </Card>
  );
}

function OtherLimits() {
  const { t } = useTranslation('buyer');
  const { plan, organization } = useLoaderData<typeof loader>();
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      {plan && (
        <Card>
          <CardHeader title={t('key.planLimits', { plan: plan.name })} />
          <CardBody>
            <LimitList limits={plan} />
          </CardBody>
        </Card>
      )}
      <Card>
        <CardHeader title={t('key.organization')} description={t('key.organizationText')} />
        <CardBody>
          <LimitList limits={organization} />
        </CardBody>
      </Card>
    </div>
  );
}
