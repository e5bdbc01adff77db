import { useEffect } from 'react';
import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData, useRevalidator } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { IssuedKey } from '../../components/buyer/issued-key.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card, CardBody } from '../../components/ui/card.tsx';
import { DateTime, Money } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { getCheckout } from '../../domain/payments/index.ts';
import { getPublishedService } from '../../domain/services/index.ts';
import { issueFirstKey } from '../../domain/subscriptions/index.ts';
import { getWallet } from '../../domain/wallets/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { curlSample } from '../../lib/call-sample.ts';

export const handle = { i18n: ['buyer'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const checkout = await getCheckout(ctx, { checkoutId: args.params['id'] ?? '' });
    return { title: t('checkout.title'), checkout, wallet: await getWallet(ctx) };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

/** Makes the key that comes with a paid subscription. Its secret is in this one answer only. */
export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const { subscription } = await getCheckout(ctx, { checkoutId: args.params['id'] ?? '' });
    if (subscription?.status !== 'active') return { issued: null, error: null };
    // Everything that can fail comes before the key: its secret could not be shown again.
    const service = await getPublishedService(ctx, subscription.service.id);
    const issued = await issueFirstKey(ctx, { subscriptionId: subscription.id });
    if (!issued) return { issued: null, error: null };
    const origin = ctx.config.proxyPublicBaseUrl ?? ctx.publicUrl;
    return {
      issued: {
        name: issued.key.name,
        secret: issued.secret,
        curl: curlSample(origin, service, issued.secret),
        llmOrigin: service.kind === 'llm' ? origin : null,
      },
      error: null,
    };
  });
}

const POLL_MS = 1_000;

/** Looks again every second while the payment is not confirmed; without scripts the page reloads. */
function Waiting() {
  const { t } = useTranslation('buyer');
  const { revalidate, state } = useRevalidator();
  useEffect(() => {
    if (state !== 'idle') return;
    const timer = setTimeout(revalidate, POLL_MS);
    return () => clearTimeout(timer);
  }, [revalidate, state]);
  return (
    <Alert tone="info" title={t('checkout.waitingTitle')}>
      <noscript>
        <meta httpEquiv="refresh" content="2" />
      </noscript>
      {t('checkout.waiting')}
    </Alert>
  );
}

function PaidTopUp() {
  const { t } = useTranslation('buyer');
  const { wallet } = useLoaderData<typeof loader>();
  return (
    <>
      <Alert tone="success" title={t('checkout.toppedUpTitle')}>
        {t('checkout.newBalance')} <Money nanos={wallet.availableNanos} currency={wallet.currency} />
      </Alert>
      <div className="flex flex-wrap gap-3">
        <ButtonLink to="/buyer">{t('checkout.continue')}</ButtonLink>
        <ButtonLink to="/buyer/wallet" variant="secondary">
          {t('checkout.toWallet')}
        </ButtonLink>
      </div>
    </>
  );
}

function FirstKey() {
  const { t } = useTranslation('buyer');
  const result = useActionData<typeof action>();
  if (result && 'issued' in result) {
    if (result.issued) return <IssuedKey {...result.issued} />;
    return <Alert tone="info">{t('checkout.keyShownBefore')}</Alert>;
  }
  return (
    <Form method="post" className="space-y-4">
      <FormAlert error={result?.error} />
      <p>{t('checkout.keyExplanation')}</p>
      <SubmitButton>{t('checkout.showKey')}</SubmitButton>
    </Form>
  );
}

function PaidSubscription({ status, service }: { status: string; service: string }) {
  const { t } = useTranslation('buyer');
  const isActive = status === 'active';
  return (
    <>
      <Alert tone={isActive ? 'success' : 'info'} title={t('checkout.paidTitle')}>
        {isActive ? t('checkout.subscribed', { service }) : t('checkout.subscriptionEnded', { service })}
      </Alert>
      {isActive && <FirstKey />}
      <div className="flex flex-wrap gap-3">
        <ButtonLink to="/buyer/subscriptions" variant="secondary">
          {t('checkout.toSubscriptions')}
        </ButtonLink>
        <ButtonLink to="/buyer/keys" variant="ghost">
          {t('checkout.toKeys')}
        </ButtonLink>
      </div>
    </>
  );
}

function Unpaid({ status, retryTo }: { status: 'expired' | 'failed'; retryTo: string }) {
  const { t } = useTranslation('buyer');
  return (
    <>
      <Alert tone={status === 'failed' ? 'danger' : 'warning'} title={t(`checkout.${status}Title`)}>
        {t(`checkout.${status}`)}
      </Alert>
      <ButtonLink to={retryTo}>{t('checkout.startAgain')}</ButtonLink>
    </>
  );
}

export default function CheckoutReturn() {
  const { t } = useTranslation('buyer');
  const { checkout } = useLoaderData<typeof loader>();
  const { status, subscription } = checkout;
  const service = subscription?.service;
  return (
    <>
      <PageHeader
        title={t('checkout.title')}
        breadcrumbs={[{ to: '/buyer/wallet', label: t('wallet.title') }]}
      />
      <Card>
        <CardBody>
          <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[auto_1fr]">
            <dt className="text-muted">{t('checkout.what')}</dt>
            <dd>{service ? `${service.name} · ${subscription.planName}` : t('wallet.kind.wallet_top_up')}</dd>
            <dt className="text-muted">{t('checkout.amount')}</dt>
            <dd>
              <Money nanos={checkout.amountNanos} currency={checkout.currency} />
            </dd>
            <dt className="text-muted">{t('checkout.status')}</dt>
            <dd>
              <StatusBadge noun="checkout" status={status} />
            </dd>
            <dt className="text-muted">{t('checkout.startedAt')}</dt>
            <dd>
              <DateTime value={checkout.createdAt} />
            </dd>
          </dl>
        </CardBody>
      </Card>
      <div className="space-y-5" aria-live="polite">
        {status === 'open' && <Waiting />}
        {status === 'paid' && !subscription && <PaidTopUp />}
        {status === 'paid' && subscription && (
          <PaidSubscription status={subscription.status} service={subscription.service.name} />
        )}
        {(status === 'expired' || status === 'failed') && (
          <Unpaid status={status} retryTo={service ? `/services/${service.slug}` : '/buyer/wallet'} />
        )}
      </div>
    </>
  );
}
