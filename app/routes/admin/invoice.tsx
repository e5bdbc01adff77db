import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../components/buyer/use-formats.ts';
import { InvoiceDecisions } from '../../components/invoices/invoice-decisions.tsx';
import { InvoicePaper } from '../../components/invoices/invoice-paper.tsx';
import { InvoiceTrail } from '../../components/invoices/invoice-trail.tsx';
import { Alert, FormAlert, FormErrors } from '../../components/ui/alert.tsx';
import { buttonStyles, SubmitButton } from '../../components/ui/button.tsx';
import { PageHeader } from '../../components/ui/page.tsx';
import { StatusBadge } from '../../components/ui/status-badge.tsx';
import {
  adjustInvoice,
  approveInvoice,
  creditInvoice,
  decideAdjustment,
  getBillingSettings,
  markInvoicePaid,
  resendInvoice,
  reviewInvoice,
  voidInvoice,
} from '../../domain/invoices/index.ts';
import { adjustmentFormSchema, creditFormSchema, reasonFormSchema } from '../../domain/invoices/schemas.ts';
import { redirectWithFlash } from '../../http/flash.ts';
import { formObject } from '../../http/parse-form.ts';
import { requireAdmin } from '../../http/require-user.ts';
import { formAction } from '../../http/run-action.ts';
import { pageLoader } from '../../http/run-loader.ts';
import { monthText } from '../../i18n/invoice-words.ts';
import { getTranslation, resolveLocale } from '../../i18n/server.ts';
import { parseInput } from '../../lib/parse-input.ts';

export const handle = { i18n: ['invoices'] };

export async function loader(args: LoaderFunctionArgs) {
  const { ctx, user } = await requireAdmin(args);
  const t = await getTranslation(args, 'invoices');
  const locale = await resolveLocale(args);
  return pageLoader(args, async () => {
    const invoice = await reviewInvoice(ctx, { invoiceId: args.params['id'] ?? '' });
    const { secondApproverNanos } = await getBillingSettings(ctx);
    return {
      title: invoice.number
        ? t('detail.title', { number: invoice.number })
        : t('detail.draftTitle', { month: monthText(invoice.month, locale) }),
      invoice,
      secondApproverNanos,
      viewerId: user.id,
      isWindowOpen: ctx.clock.date() < invoice.reviewableAt,
    };
  });
}

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? ''} · Tollgate` }];

export async function action(args: ActionFunctionArgs) {
  const { ctx } = await requireAdmin(args);
  const invoiceId = args.params['id'] ?? '';
  return formAction(args, async () => {
    const { intent, adjustmentId, outcome, ...fields } = formObject(await args.request.formData());
    const done = (message: string) =>
      redirectWithFlash(`/admin/invoices/${invoiceId}`, {
        messageKey: `invoices:flash.${message}`,
        tone: 'success',
      });
    switch (intent) {
      case 'approve':
        await approveInvoice(ctx, { invoiceId });
        return done('approved');
      case 'adjust': {
        const { amount, reason } = parseInput(adjustmentFormSchema, fields);
        const { status } = await adjustInvoice(ctx, { invoiceId, amountNanos: amount, reason });
        return done(status === 'approved' ? 'adjusted' : 'adjustmentRequested');
      }
      case 'approve-adjustment':
        await decideAdjustment(ctx, { adjustmentId: String(adjustmentId), decision: 'approve' });
        return done('adjusted');
      case 'reject-adjustment':
        await decideAdjustment(ctx, { adjustmentId: String(adjustmentId), decision: 'reject' });
        return done('adjustmentRejected');
      case 'void': {
        const { reason } = parseInput(reasonFormSchema, fields);
        await voidInvoice(ctx, { invoiceId, reason, reissue: outcome !== 'forgive' });
        return done('voided');
      }
      case 'credit': {
        const { amount, reason } = parseInput(creditFormSchema, fields);
        await creditInvoice(ctx, { invoiceId, reason, ...(amount !== undefined && { amountNanos: amount }) });
        return done('credited');
      }
      case 'mark-paid': {
        const { reason } = parseInput(reasonFormSchema, fields);
        await markInvoicePaid(ctx, { invoiceId, reason });
        return done('markedPaid');
      }
      default:
        await resendInvoice(ctx, { invoiceId });
        return done('resent');
    }
  });
}

export default function AdminInvoice() {
  const { t } = useTranslation('invoices');
  const { title, invoice, secondApproverNanos, viewerId, isWindowOpen } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const { dateTime } = useFormats();
  const files = `/admin/invoices/${invoice.id}`;
  const canSend = invoice.status !== 'draft' && invoice.status !== 'void';
  return (
    <>
      <PageHeader
        title={title}
        description={
          <span className="flex flex-wrap items-center gap-3">
            <StatusBadge noun="invoice" status={invoice.status} />
            <span className="wrap-anywhere">{invoice.organization.name}</span>
          </span>
        }
        breadcrumbs={[{ to: '/admin/invoices', label: t('queue.title') }]}
        actions={
          <>
            <a className={buttonStyles({ variant: 'secondary' })} href={`${files}/pdf`}>
              {t('detail.pdf')}
            </a>
            <a className={buttonStyles({ variant: 'secondary' })} href={`${files}/csv`}>
              {t('detail.csv')}
            </a>
            {canSend && (
              <Form method="post">
                <SubmitButton intent="resend" variant="secondary">
                  {t('decide.resend')}
                </SubmitButton>
              </Form>
            )}
          </>
        }
      />
      <FormAlert error={failure?.error} />
      <FormErrors issues={failure?.issues} fields={[]} />
      {invoice.status === 'draft' && isWindowOpen && (
        <Alert tone="info">{t('decide.windowOpen', { when: dateTime(invoice.reviewableAt) })}</Alert>
      )}
      {invoice.isSuspended && <Alert tone="warning">{t('decide.suspended')}</Alert>}
      <InvoiceDecisions
        invoice={invoice}
        secondApproverNanos={secondApproverNanos}
        viewerId={viewerId}
        isWindowOpen={isWindowOpen}
      />
      <InvoicePaper invoice={invoice} base="/admin" />
      <InvoiceTrail invoice={invoice} />
    </>
  );
}
