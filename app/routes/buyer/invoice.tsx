import {
  redirectDocument,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { InvoicePaper } from '../../components/invoices/invoice-paper.tsx';
import { Alert, FormAlert } from '../../components/ui/alert.tsx';
import { buttonStyles, ButtonLink, SubmitButton } from '../../components/ui/button.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import { getInvoice, payInvoice } from '../../domain/invoices/index.ts';
import { requireUser } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { monthText } from '../../i18n/invoice-words.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';

export const handle = { i18n: ['invoices'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, role } = await requireUser(args);
  const t = await getTranslation(args, 'invoices');
  const locale = await resolveLocale(args);
  return pageLoader(args, async () => {
    const invoice = await getInvoice(ctx, { invoiceId: args.params['id'] ?? '' });
    return {
      title: invoice.number
        ? t('detail.title', { number: invoice.number })
        : t('detail.draftTitle', { month: monthText(invoice.month, locale) }),
      invoice,
      canPay: role !== 'member',
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireUser(args);
  return formAction(args, async () => {
    const { url } = await payInvoice(ctx, { invoiceId: args.params['id'] ?? '' });
    // Another program's page, also when the sandbox shows it on our own origin.
    return redirectDocument(url, 303);
  });
}

export default function BuyerInvoice() {
  const { t } = useTranslation('invoices');
  const { title, invoice, canPay } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const files = `/buyer/invoices/${invoice.id}`;
  return (
    <>
      <PageHeader
        title={title}
        description={<StatusBadge noun="invoice" status={invoice.status} />}
        breadcrumbs={[{ to: '/buyer/invoices', label: t('list.title') }]}
        actions={
          <>
            <a className={buttonStyles({ variant: 'secondary' })} href={`${files}/pdf`}>
              {t('detail.pdf')}
            </a>
            <a className={buttonStyles({ variant: 'secondary' })} href={`${files}/csv`}>
              {t('detail.csv')}
            </a>
            {canPay && invoice.openNanos > 0n && (
              <Form method="post">
                <SubmitButton pendingLabel={t('detail.payPending')}>{t('detail.pay')}</SubmitButton>
              </Form>
            )}
          </>
        }
      />
      <FormAlert error={failure?.error} />
      {invoice.status === 'draft' && (
        <Alert tone="info">
          <p>{t('detail.draftNotice')}</p>
          <p className="mt-2">
            <ButtonLink to="/buyer/billing-profile" variant="secondary" size="sm">
              {t('detail.edit')}
            </ButtonLink>
          </p>
        </Alert>
      )}
      {invoice.status === 'void' && <Alert tone="info">{t('detail.voidNotice')}</Alert>}
      {invoice.status === 'past_due' && <Alert tone="warning">{t('detail.pastDueNotice')}</Alert>}
      <InvoicePaper invoice={invoice} base="/buyer" />
    </>
  );
}
