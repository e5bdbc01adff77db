import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { CreditCard } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { SubmitButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { Table } from '../../components/ui/table.tsx';
import {
  addPaymentMethod,
  listPaymentMethods,
  openCustomerPortal,
  removePaymentMethod,
  setDefaultPaymentMethod,
} from '../../domain/payments/index.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { parseForm } from '../../http/parse-form.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction, formFailure } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { getTranslation } from '../../i18n/server.ts';

export const handle = { i18n: ['payments'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'payments');
  return pageLoader(args, async () => {
    const mayManage = role !== 'member';
    return {
      title: t('methods.title'),
      mayManage,
      methods: mayManage ? await listPaymentMethods(ctx) : [],
      wasAdded: new URL(args.request.url).searchParams.has('added'),
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

const form = z.strictObject({
  intent: z.enum(['add', 'portal', 'default', 'remove']),
  paymentMethodId: z.string().optional(),
});

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const parsed = await parseForm(args.request, form);
    if (!parsed.ok) return formFailure(parsed);
    const { intent, paymentMethodId = '' } = parsed.value;
    if (intent === 'add') return redirectDocument((await addPaymentMethod(ctx)).url);
    if (intent === 'portal') return redirectDocument((await openCustomerPortal(ctx)).url);
    if (intent === 'default') await setDefaultPaymentMethod(ctx, { paymentMethodId });
    else await removePaymentMethod(ctx, { paymentMethodId });
    return redirectWithFlash('/buyer/payment-methods', {
      messageKey: intent === 'default' ? 'payments:flash.defaultSet' : 'payments:flash.removed',
      tone: 'success',
    });
  });
}

export default function PaymentMethods() {
  const { t } = useTranslation('payments');
  const { methods, mayManage, wasAdded } = useLoaderData<typeof loader>();
  const result = useActionData<typeof action>();
  if (!mayManage) {
    return (
      <>
        <PageHeader title={t('methods.title')} description={t('methods.description')} />
        <Alert tone="info">{t('methods.noRole')}</Alert>
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={t('methods.title')}
        description={t('methods.description')}
        actions={
          <Form method="post" className="flex flex-wrap gap-2">
            <SubmitButton intent="portal" variant="secondary">
              {t('methods.portal')}
            </SubmitButton>
            <SubmitButton intent="add">{t('methods.add')}</SubmitButton>
          </Form>
        }
      />
      <FormAlert error={result?.error} />
      {wasAdded && <Alert tone="success">{t('methods.added')}</Alert>}
      <Card>
        <Table
          caption={t('methods.title')}
          rows={methods}
          rowKey={(row) => row.id}
          columns={[
            {
              key: 'card',
              header: t('methods.card'),
              render: (row) => (
                <span className="flex flex-wrap items-center gap-2 font-medium">
                  <span className="capitalize">{row.brand}</span>
                  <span className="tnum">{t('methods.lastFour', { digits: row.lastFour })}</span>
                  {row.isDefault && <Badge tone="success">{t('methods.default')}</Badge>}
                </span>
              ),
            },
            {
              key: 'expires',
              header: t('methods.expires'),
              render: (row) =>
                row.expiryMonth && row.expiryYear
                  ? `${String(row.expiryMonth).padStart(2, '0')}/${row.expiryYear}`
                  : null,
            },
            {
              key: 'actions',
              header: <span className="sr-only">{t('methods.actions')}</span>,
              align: 'end',
              render: (row) => (
                <div className="flex flex-wrap items-center justify-end gap-2">
                  {!row.isDefault && (
                    <Form method="post">
                      <input type="hidden" name="paymentMethodId" value={row.id} />
                      <SubmitButton intent="default" variant="secondary" size="sm">
                        {t('methods.makeDefault')}
                      </SubmitButton>
                    </Form>
                  )}
                  <ConfirmDialog
                    triggerLabel={t('methods.remove')}
                    title={t('methods.removeTitle', { digits: row.lastFour })}
                    description={t('methods.removeText')}
                    confirmLabel={t('methods.remove')}
                    fields={{ intent: 'remove', paymentMethodId: row.id }}
                  />
                </div>
              ),
            },
          ]}
          empty={
            <EmptyState icon={CreditCard} title={t('methods.empty')}>
              {t('methods.emptyText')}
            </EmptyState>
          }
        />
      </Card>
    </>
  );
}
