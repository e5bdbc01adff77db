import { randomUUID } from 'node:crypto';
import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { CreditCard, ShieldAlert, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Alert, FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { Badge, type BadgeTone } from '../../components/ui/badge.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { DateTime, Money } from '../../components/ui/format.tsx';
import { PageHeader, Section } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { Table } from '../../components/ui/table.tsx';
import { listPayments, refundPayment } from '../../domain/payments/index.ts';
import { refundFormSchema } from '../../domain/payments/schemas.ts';
import { dynamicText } from '../../i18n/dynamic.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';
import { toDecimal } from '../../lib/money.ts';

export const handle = { i18n: ['payments'] };

const REFUND_TONES = { pending: 'info', succeeded: 'success', failed: 'danger' } as const;

export async function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { ctx } = await requireAdmin(args);
    const t = await getTranslation(args, 'payments');
    const q = new URL(args.request.url).searchParams.get('q')?.slice(0, 100) ?? '';
    return { title: t('admin.title'), q, ...(await listPayments(ctx, { q })), idempotencyKey: randomUUID() };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, refundFormSchema);
    if (!parsed.ok) return formFailure(parsed);
    await refundPayment(ctx, parsed.value);
    return redirectWithFlash('/admin/payments', { messageKey: 'payments:flash.refunded', tone: 'success' });
  });
}

export default function AdminPayments() {
  const { t } = useTranslation('payments');
  const { q } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  return (
    <>
      <PageHeader title={t('admin.title')} description={t('admin.description')} />
      <FormAlert error={failure?.error} />
      <FormErrors issues={failure?.issues} fields={[]} />
      <Form method="get" role="search" className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 grow">
          <TextField
            name="q"
            type="search"
            quiet
            label={t('admin.search')}
            maxLength={100}
            defaultValue={q}
          />
        </div>
        <SubmitButton variant="secondary">{t('admin.find')}</SubmitButton>
      </Form>
      <Payments />
      <Chargebacks />
      <Refunds />
    </>
  );
}

function Payments() {
  const { t } = useTranslation('payments');
  const { payments, idempotencyKey } = useLoaderData<typeof loader>();
  return (
    <Section title={t('admin.payments')}>
      <Card>
        <Table
          caption={t('admin.payments')}
          rows={payments}
          rowKey={(row) => row.reference}
          columns={[
            {
              key: 'organization',
              header: t('admin.buyer'),
              render: (row) => (
                <>
                  <span className="font-medium">{row.organization}</span>
                  <code className="text-muted block text-xs break-all">{row.reference}</code>
                </>
              ),
            },
            {
              key: 'kind',
              header: t('admin.kind'),
              render: (row) => (
                <>
                  <span className="block">{t(`admin.kinds.${row.kind}`)}</span>
                  <StatusBadge noun="checkout" status={row.status} />
                </>
              ),
            },
            {
              key: 'createdAt',
              header: t('admin.when'),
              render: (row) => <DateTime value={row.createdAt} />,
            },
            {
              key: 'refunded',
              header: t('fees.refunded'),
              align: 'end',
              priority: 'low',
              render: (row) => <Money nanos={row.refundedNanos} currency={row.currency} />,
            },
            {
              key: 'amount',
              header: t('fees.amount'),
              align: 'end',
              render: (row) => <Money nanos={row.amountNanos} currency={row.currency} />,
            },
            {
              key: 'actions',
              header: <span className="sr-only">{t('methods.actions')}</span>,
              align: 'end',
              render: (row) =>
                row.refundableNanos > 0n && (
                  <ConfirmDialog
                    triggerLabel={t('admin.refund')}
                    title={t('admin.refundTitle', { organization: row.organization })}
                    description={t(`admin.refundText.${row.kind === 'subscription_fee' ? 'fee' : 'topUp'}`)}
                    confirmLabel={t('admin.refund')}
                    fields={{
                      reference: row.reference,
                      idempotencyKey: `${idempotencyKey}:${row.reference}`,
                    }}
                  >
                    <TextField
                      name="amount"
                      label={t('admin.refundAmount')}
                      inputMode="decimal"
                      required
                      defaultValue={toDecimal(row.refundableNanos)}
                    />
                    <TextField name="reason" label={t('admin.reason')} required maxLength={500} />
                  </ConfirmDialog>
                ),
            },
          ]}
          empty={
            <EmptyState icon={CreditCard} title={t('admin.noPayments')}>
              {t('admin.noPaymentsText')}
            </EmptyState>
          }
        />
      </Card>
    </Section>
  );
}

function chargebackTone(status: string): BadgeTone {
  if (status === 'won' || status === 'warning_closed') return 'success';
  return status === 'lost' ? 'danger' : 'warning';
}

function Chargebacks() {
  const { t } = useTranslation('payments');
  const { chargebacks } = useLoaderData<typeof loader>();
  return (
    <Section title={t('admin.chargebacks')}>
      <Alert tone="info">{t('admin.chargebacksHint')}</Alert>
      <Card className="mt-4">
        <Table
          caption={t('admin.chargebacks')}
          rows={chargebacks}
          rowKey={(row) => row.id}
          columns={[
            {
              key: 'organization',
              header: t('admin.buyer'),
              render: (row) => (
                <>
                  <span className="font-medium">{row.organization}</span>
                  <code className="text-muted block text-xs break-all">{row.id}</code>
                </>
              ),
            },
            { key: 'reason', header: t('admin.reason'), render: (row) => row.reason.replaceAll('_', ' ') },
            {
              key: 'status',
              header: t('admin.status'),
              render: (row) => (
                <Badge tone={chargebackTone(row.status)}>
                  {dynamicText(t)(`admin.chargebackStatus.${row.status}`)}
                </Badge>
              ),
            },
            {
              key: 'createdAt',
              header: t('admin.when'),
              render: (row) => <DateTime value={row.createdAt} />,
            },
            {
              key: 'amount',
              header: t('fees.amount'),
              align: 'end',
              render: (row) => <Money nanos={row.amountNanos} />,
            },
          ]}
          empty={
            <EmptyState icon={ShieldAlert} title={t('admin.noChargebacks')}>
              {t('admin.noChargebacksText')}
            </EmptyState>
          }
        />
      </Card>
    </Section>
  );
}

function Refunds() {
  const { t } = useTranslation('payments');
  const { refunds } = useLoaderData<typeof loader>();
  return (
    <Section title={t('admin.refunds')}>
      <Card>
        <Table
          caption={t('admin.refunds')}
          rows={refunds}
          rowKey={(row) => row.id}
          columns={[
            {
              key: 'organization',
              header: t('admin.buyer'),
              render: (row) => (
                <>
                  <span className="font-medium">{row.organization}</span>
                  <code className="text-muted block text-xs break-all">{row.id}</code>
                </>
              ),
            },
            { key: 'reason', header: t('admin.reason') },
            {
              key: 'status',
              header: t('admin.status'),
              render: (row) => (
                <Badge tone={REFUND_TONES[row.status]}>{t(`admin.refundStatus.${row.status}`)}</Badge>
              ),
            },
            {
              key: 'createdAt',
              header: t('admin.when'),
              render: (row) => <DateTime value={row.createdAt} />,
            },
            {
              key: 'amount',
              header: t('fees.amount'),
              align: 'end',
              render: (row) => <Money nanos={row.amountNanos} currency={row.currency} />,
            },
          ]}
          empty={
            <EmptyState icon={Undo2} title={t('admin.noRefunds')}>
              {t('admin.noRefundsText')}
            </EmptyState>
          }
        />
      </Card>
    </Section>
  );
}
