/** What an administrator can do with an invoice; each act says what follows from it. */
import { Form } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { ReviewedInvoice } from '../../domain/invoices/index.ts';
import { useFormats } from '../buyer/use-formats.ts';
import { SubmitButton } from '../ui/button.tsx';
import { Card, CardBody, CardHeader } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { RadioCards, TextAreaField, TextField } from '../ui/field.tsx';
import { Money } from '../ui/format.tsx';
import { Section } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';

export interface InvoiceDecisionsProps {
  invoice: ReviewedInvoice;
  secondApproverNanos: bigint;
  viewerId: string;
  /** Late usage is still waited for. */
  isWindowOpen: boolean;
}

function ReasonField() {
  const { t } = useTranslation('invoices');
  return (
    <TextAreaField name="reason" label={t('decide.reason')} required minLength={3} maxLength={500} rows={2} />
  );
}

function DraftActions({ invoice, secondApproverNanos, isWindowOpen }: InvoiceDecisionsProps) {
  const { t } = useTranslation('invoices');
  const { money } = useFormats();
  const isWaiting = invoice.adjustments.some(({ status }) => status === 'pending');
  return (
    <>
      {!isWindowOpen && !isWaiting && (
        <ConfirmDialog
          triggerLabel={t('decide.approve')}
          triggerVariant="primary"
          triggerSize="md"
          title={t('decide.approve')}
          description={t('decide.approveText', { due: money(invoice.dueNanos) })}
          confirmLabel={t('decide.approve')}
          tone="primary"
          fields={{ intent: 'approve' }}
        />
      )}
      <ConfirmDialog
        triggerLabel={t('decide.adjust')}
        triggerSize="md"
        title={t('decide.adjust')}
        description={t('decide.adjustText', { limit: money(secondApproverNanos) })}
        confirmLabel={t('decide.adjust')}
        tone="primary"
        fields={{ intent: 'adjust' }}
      >
        <TextField
          name="amount"
          label={t('decide.amount')}
          hint={t('decide.amountHint')}
          required
          maxLength={20}
          autoComplete="off"
        />
        <ReasonField />
      </ConfirmDialog>
    </>
  );
}

function UnpaidActions({ invoice }: { invoice: ReviewedInvoice }) {
  const { t } = useTranslation('invoices');
  const { money } = useFormats();
  if (invoice.openNanos === 0n) return null;
  return (
    <>
      <ConfirmDialog
        triggerLabel={t('decide.markPaid')}
        triggerSize="md"
        title={t('decide.markPaid')}
        description={t('decide.markPaidText', { open: money(invoice.openNanos) })}
        confirmLabel={t('decide.markPaid')}
        tone="primary"
        fields={{ intent: 'mark-paid' }}
      >
        <ReasonField />
      </ConfirmDialog>
      {invoice.creditedNanos === 0n && invoice.paidNanos === 0n && (
        <ConfirmDialog
          triggerLabel={t('decide.void')}
          triggerSize="md"
          title={t('decide.void')}
          description={t('decide.voidText', { due: money(invoice.dueNanos) })}
          confirmLabel={t('decide.void')}
          fields={{ intent: 'void' }}
        >
          <RadioCards
            name="outcome"
            legend={t('decide.voidOutcome')}
            defaultValue="reissue"
            options={[
              { value: 'reissue', label: t('decide.voidReissue') },
              { value: 'forgive', label: t('decide.voidForgive') },
            ]}
          />
          <ReasonField />
        </ConfirmDialog>
      )}
    </>
  );
}

function CreditAction({ invoice }: { invoice: ReviewedInvoice }) {
  const { t } = useTranslation('invoices');
  const { money } = useFormats();
  if (invoice.creditableNanos === 0n) return null;
  return (
    <ConfirmDialog
      triggerLabel={t('decide.credit')}
      triggerSize="md"
      title={t('decide.credit')}
      description={t('decide.creditText', { left: money(invoice.creditableNanos) })}
      confirmLabel={t('decide.credit')}
      fields={{ intent: 'credit' }}
    >
      <TextField
        name="amount"
        label={t('decide.amount')}
        hint={t('decide.creditAmountHint')}
        inputMode="decimal"
        maxLength={20}
        autoComplete="off"
      />
      <ReasonField />
    </ConfirmDialog>
  );
}

function AdjustmentDecision({
  adjustment,
  viewerId,
}: {
  adjustment: ReviewedInvoice['adjustments'][number];
  viewerId: string;
}) {
  const { t } = useTranslation('invoices');
  const isOwn = adjustment.requestedByUserId === viewerId;
  return (
    <div className="flex flex-wrap items-center justify-end gap-2">
      {isOwn && <span className="text-muted text-sm">{t('decide.needsOther')}</span>}
      <Form method="post" className="flex flex-wrap justify-end gap-2">
        <input type="hidden" name="adjustmentId" value={adjustment.id} />
        {!isOwn && (
          <SubmitButton intent="approve-adjustment" size="sm">
            {t('decide.approveAdjustment')}
          </SubmitButton>
        )}
        <SubmitButton intent="reject-adjustment" size="sm" variant="secondary">
          {t('decide.rejectAdjustment')}
        </SubmitButton>
      </Form>
    </div>
  );
}

function Adjustments({ invoice, viewerId }: Pick<InvoiceDecisionsProps, 'invoice' | 'viewerId'>) {
  const { t } = useTranslation('invoices');
  if (invoice.adjustments.length === 0) return null;
  return (
    <Section title={t('decide.adjustments')}>
      <Card>
        <Table
          caption={t('decide.adjustments')}
          rows={invoice.adjustments}
          rowKey={(one) => one.id}
          columns={[
            {
              key: 'reason',
              header: t('column.reason'),
              render: (one) => <span className="wrap-anywhere">{one.reason}</span>,
            },
            {
              key: 'who',
              header: t('column.who'),
              render: (one) => [one.requestedBy, one.decidedBy].filter(Boolean).join(' → '),
            },
            {
              key: 'amount',
              header: t('column.amount'),
              align: 'end',
              render: (one) => <Money nanos={one.amountNanos} currency={invoice.currency} />,
            },
            {
              key: 'status',
              header: t('column.status'),
              align: 'end',
              render: (one) =>
                one.status === 'pending' && invoice.status === 'draft' ? (
                  <AdjustmentDecision adjustment={one} viewerId={viewerId} />
                ) : (
                  t(`decide.adjustmentStatus.${one.status}`)
                ),
            },
          ]}
        />
      </Card>
    </Section>
  );
}

export function InvoiceDecisions(props: InvoiceDecisionsProps) {
  const { t } = useTranslation('invoices');
  const { invoice, viewerId } = props;
  const canAct = invoice.status === 'draft' || invoice.openNanos > 0n || invoice.creditableNanos > 0n;
  return (
    <>
      {canAct && (
        <Card>
          <CardHeader title={t('decide.title')} />
          <CardBody className="flex flex-wrap items-start gap-3">
            {invoice.status === 'draft' && <DraftActions {...props} />}
            <UnpaidActions invoice={invoice} />
            <CreditAction invoice={invoice} />
          </CardBody>
        </Card>
      )}
      <Adjustments invoice={invoice} viewerId={viewerId} />
    </>
  );
}
