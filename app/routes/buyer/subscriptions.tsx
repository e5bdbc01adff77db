import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, Link, useActionData, useLoaderData } from '@remix-run/react';
import { Receipt } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { PlanPrice } from '../../components/pricing/plan-price.tsx';
import { SubscriptionState } from '../../components/buyer/subscription-state.tsx';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { FormAlert } from '../../components/ui/alert.tsx';
import { ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Num } from '../../components/ui/format.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table, type Column } from '../../components/ui/table.tsx';
import {
  cancelSubscription,
  createSubscription,
  getSubscription,
  listSubscriptions,
  type SubscriptionView,
} from '../../domain/subscriptions/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['buyer', 'payments'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'buyer');
  return pageLoader(args, async () => {
    const showEnded = new URL(args.request.url).searchParams.get('show') === 'all';
    return {
      title: t('subscriptions.title'),
      subscriptions: await listSubscriptions(ctx, { includeCanceled: showEnded }),
      showEnded,
      mayManage: role !== 'billing',
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const form = z.strictObject({ intent: z.enum(['cancel', 'pay']), subscriptionId: z.string() });

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { intent, subscriptionId } = parsed.value;
    const { service, planId, status } = await getSubscription(ctx, { subscriptionId });
    if (intent === 'pay') {
      const { checkout } = await createSubscription(ctx, { service: service.id, planId });
      return redirectDocument(checkout?.url ?? '/buyer/subscriptions');
    }
    const canceled = await cancelSubscription(ctx, { subscriptionId });
    const messageKey =
      canceled.status !== 'canceled'
        ? 'buyer:flash.subscriptionEnding'
        : status === 'pending_payment'
          ? 'buyer:flash.subscriptionDiscarded'
          : 'buyer:flash.subscriptionCanceled';
    return redirectWithFlash('/buyer/subscriptions', { messageKey, tone: 'success' });
  });
}

export default function Subscriptions() {
  const { t } = useTranslation('buyer');
  const { subscriptions, showEnded, mayManage } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  const columns: Column<SubscriptionView>[] = [
    {
      key: 'service',
      header: t('subscriptions.service'),
      render: (row) => <ServiceCell subscription={row} />,
    },
    {
      key: 'plan',
      header: t('subscriptions.plan'),
      render: ({ plan }) => (
        <>
          <span className="block min-w-28 font-medium">{plan.name}</span>
          <span className="text-muted block text-xs">
            <PlanPrice plan={plan} />
          </span>
        </>
      ),
    },
    {
      key: 'status',
      header: t('subscriptions.status'),
      render: (row) => (
        <>
          <StatusBadge noun="subscription" status={row.status} />
          <span className="text-muted mt-1 block text-xs whitespace-nowrap">
            <SubscriptionState subscription={row} />
          </span>
        </>
      ),
    },
    {
      key: 'keys',
      header: t('subscriptions.keys'),
      align: 'end',
      render: ({ ownKeys }) => <Num value={ownKeys} />,
    },
    {
      key: 'actions',
      header: <span className="sr-only">{t('subscriptions.actions')}</span>,
      align: 'end',
      render: (row) => (mayManage ? <Actions subscription={row} /> : <Manage id={row.id} />),
    },
  ];
  return (
    <>
      <PageHeader
        title={t('subscriptions.title')}
        description={t('subscriptions.description')}
        actions={
          <>
            <ButtonLink to={showEnded ? '/buyer/subscriptions' : '?show=all'} variant="ghost">
              {showEnded ? t('subscriptions.hideEnded') : t('subscriptions.showEnded')}
            </ButtonLink>
            <ButtonLink to="/">{t('subscriptions.browse')}</ButtonLink>
          </>
        }
      />
      <FormAlert error={result && 'error' in result ? result.error : null} />
      <Card>
        <Table
          caption={t('subscriptions.caption')}
          columns={columns}
          rows={subscriptions}
          rowKey={(row) => row.id}
          empty={
            <EmptyState
              icon={Receipt}
              title={t('subscriptions.empty')}
              action={<ButtonLink to="/">{t('subscriptions.browse')}</ButtonLink>}
            >
              {t('subscriptions.emptyText')}
            </EmptyState>
          }
        />
      </Card>
    </>
  );
}

interface CellProps {
  subscription: SubscriptionView;
}

function ServiceCell({ subscription: { service, status } }: CellProps) {
  const { t } = useTranslation('buyer');
  const isUnavailable = service.status !== 'published' && status !== 'canceled';
  return (
    <>
      <Link to={`/services/${service.slug}`} className="text-link inline-block min-w-24 font-medium">
        {service.name}
      </Link>
      {isUnavailable && <span className="text-warning block text-xs">{t('subscriptions.unavailable')}</span>}
    </>
  );
}

/** The page about one of them, with its plan, usage and fees. */
function Manage({ id }: { id: string }) {
  const { t } = useTranslation('payments');
  return (
    <ButtonLink to={`/buyer/subscriptions/${id}`} variant="secondary" size="sm">
      {t('subscription.manage')}
    </ButtonLink>
  );
}

function Actions({ subscription }: CellProps) {
  const { t } = useTranslation('buyer');
  const { date } = useFormats();
  const { id, status, service, ownKeys, currentPeriodEnd, cancelAtPeriodEnd } = subscription;
  if (status === 'canceled') return null;
  const fields = { intent: 'cancel', subscriptionId: id };
  if (status === 'pending_payment') {
    return (
      <div className="flex flex-wrap items-center justify-end gap-2">
        <Form method="post">
          <input type="hidden" name="subscriptionId" value={id} />
          <SubmitButton intent="pay" size="sm">
            {t('subscriptions.pay')}
          </SubmitButton>
        </Form>
        <ConfirmDialog
          triggerLabel={t('subscriptions.abandon')}
          title={t('subscriptions.cancelTitle', { service: service.name })}
          description={t('subscriptions.abandonText')}
          confirmLabel={t('subscriptions.confirmAbandon')}
          fields={fields}
        />
      </div>
    );
  }
  // Only fees are paid for a period; everything else ends at once.
  const description = currentPeriodEnd
    ? t('subscriptions.cancelAtEnd', { count: ownKeys, date: date(currentPeriodEnd) })
    : t('subscriptions.cancelNow', { count: ownKeys });
  return (
    <div className="flex flex-wrap items-center justify-end gap-2">
      <Manage id={id} />
      <ButtonLink to={`/buyer/keys?subscription=${id}`} variant="secondary" size="sm">
        {t('subscriptions.newKey')}
      </ButtonLink>
      {!cancelAtPeriodEnd && (
        <ConfirmDialog
          triggerLabel={t('subscriptions.cancel')}
          title={t('subscriptions.cancelTitle', { service: service.name })}
          description={description}
          confirmLabel={t('subscriptions.confirmCancel')}
          fields={fields}
        />
      )}
    </div>
  );
}
