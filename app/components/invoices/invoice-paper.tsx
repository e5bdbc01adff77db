/** What an invoice says: parties, lines, totals, credit notes. For its buyer and for administrators. */
import { useTranslation } from 'react-i18next';
import type { InvoiceDetail } from '../../domain/invoices/index.ts';
import { lineText, totalRows, unitPriceText } from '../../i18n/invoice-words.ts';
import { Card, CardBody } from '../ui/card.tsx';
import { DateTime, Money, Num } from '../ui/format.tsx';
import { Section } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';
import { dateTimeFormat } from '../../lib/intl.ts';

function Party({ heading, party }: { heading: string; party: InvoiceDetail['issuer'] }) {
  const { t } = useTranslation('invoices');
  const { locale } = useViewerPreferences();
  const country = party.country
    ? new Intl.DisplayNames(locale, { type: 'region' }).of(party.country)
    : undefined;
  return (
    <div className="min-w-0">
      <p className="text-muted text-sm">{heading}</p>
      <p className="font-semibold wrap-anywhere">{party.name}</p>
      {party.address.map((line) => (
        <p key={line} className="text-sm wrap-anywhere">
          {line}
        </p>
      ))}
      {country && (
        <p className="text-sm" suppressHydrationWarning>
          {country}
        </p>
      )}
      {party.taxId && <p className="text-sm wrap-anywhere">{t('paper.taxId', { id: party.taxId })}</p>}
      {party.email && <p className="text-sm wrap-anywhere">{party.email}</p>}
    </div>
  );
}

/** Days of a month-long period by the invoice's own zone; the end is its last day. */
function PeriodText({ invoice }: { invoice: Pick<InvoiceDetail, 'periodStart' | 'periodEnd' | 'timeZone'> }) {
  const { locale } = useViewerPreferences();
  const format = dateTimeFormat(locale, { dateStyle: 'medium', timeZone: invoice.timeZone });
  const last = new Date(invoice.periodEnd.getTime() - 1);
  return (
    <span suppressHydrationWarning>
      {format.formatRange(invoice.periodStart, last)} ({invoice.timeZone})
    </span>
  );
}

function Facts({ invoice }: { invoice: InvoiceDetail }) {
  const { t } = useTranslation('invoices');
  const { finalizedAt, dueAt, paidAt } = invoice;
  const date = (value: Date) => <DateTime value={value} timeStyle={null} />;
  return (
    <dl className="grid grid-cols-2 gap-3 text-sm sm:grid-cols-4">
      <div className="col-span-2">
        <dt className="text-muted">{t('paper.period')}</dt>
        <dd>
          <PeriodText invoice={invoice} />
        </dd>
      </div>
      {finalizedAt && (
        <div>
          <dt className="text-muted">{t('paper.issued')}</dt>
          <dd>{date(finalizedAt)}</dd>
        </div>
      )}
      {dueAt && invoice.dueNanos > 0n && (
        <div>
          <dt className="text-muted">{t('paper.dueAt')}</dt>
          <dd>{date(dueAt)}</dd>
        </div>
      )}
      {paidAt && (
        <div>
          <dt className="text-muted">{t('paper.paidAt')}</dt>
          <dd>{date(paidAt)}</dd>
        </div>
      )}
    </dl>
  );
}

function Totals({ invoice }: { invoice: InvoiceDetail }) {
  const { t } = useTranslation('invoices');
  const { locale } = useViewerPreferences();
  const isReverse = invoice.taxName !== null && invoice.taxBasisPoints === 0 && invoice.recipient.taxId;
  return (
    <div className="border-line border-t px-5 py-4 sm:px-6">
      <dl className="tnum ms-auto grid max-w-sm grid-cols-[1fr_auto] gap-x-6 gap-y-1.5 text-sm">
        {totalRows(t, invoice, locale).map(([label, nanos]) => (
          <div key={label} className="contents last:font-semibold">
            <dt className="text-muted">{label}</dt>
            <dd className="text-end">
              <Money nanos={nanos} currency={invoice.currency} />
            </dd>
          </div>
        ))}
      </dl>
      {isReverse && <p className="text-muted mt-3 text-end text-sm">{t('note.reverseCharge')}</p>}
    </div>
  );
}

function Lines({ invoice }: { invoice: InvoiceDetail }) {
  const { t } = useTranslation('invoices');
  const { locale } = useViewerPreferences();
  return (
    <Section title={t('detail.lines')}>
      <Card>
        <Table
          caption={t('detail.lines')}
          rows={invoice.lines}
          rowKey={(line) => line.id}
          columns={[
            {
              key: 'description',
              header: t('column.description'),
              render: (line) => <span className="wrap-anywhere">{lineText(t, line)}</span>,
            },
            {
              key: 'quantity',
              header: t('column.quantity'),
              align: 'end',
              render: (line) => <Num value={line.quantity} />,
            },
            {
              key: 'unitPrice',
              header: t('column.unitPrice'),
              align: 'end',
              render: (line) => (
                <span className="tnum">{unitPriceText(t, line, invoice.currency, locale)}</span>
              ),
            },
            {
              key: 'amount',
              header: t('column.amount'),
              align: 'end',
              render: (line) => <Money nanos={line.amountNanos} currency={invoice.currency} />,
            },
          ]}
        />
        <Totals invoice={invoice} />
      </Card>
    </Section>
  );
}

function CreditNotes({ invoice, base }: { invoice: InvoiceDetail; base: string }) {
  const { t } = useTranslation('invoices');
  if (invoice.creditNotes.length === 0) return null;
  return (
    <Section title={t('detail.creditNotes')}>
      <Card>
        <Table
          caption={t('detail.creditNotes')}
          rows={invoice.creditNotes}
          rowKey={(note) => note.id}
          columns={[
            {
              key: 'number',
              header: t('column.number'),
              render: (note) => (
                <a className="text-link" href={`${base}/credit-notes/${note.id}/pdf`}>
                  {note.number}
                </a>
              ),
            },
            {
              key: 'createdAt',
              header: t('paper.issued'),
              render: (note) => <DateTime value={note.createdAt} timeStyle={null} />,
            },
            {
              key: 'reason',
              header: t('column.reason'),
              render: (note) => <span className="wrap-anywhere">{note.reason}</span>,
            },
            {
              key: 'amount',
              header: t('column.amount'),
              align: 'end',
              render: (note) => <Money nanos={note.amountNanos} currency={invoice.currency} />,
            },
          ]}
        />
      </Card>
    </Section>
  );
}

/** @param base the area whose files the links lead to: `/buyer` or `/admin`. */
export function InvoicePaper({ invoice, base }: { invoice: InvoiceDetail; base: string }) {
  const { t } = useTranslation('invoices');
  return (
    <>
      <Card>
        <CardBody className="grid gap-6">
          <div className="grid gap-6 sm:grid-cols-2">
            <Party heading={t('paper.from')} party={invoice.issuer} />
            <Party heading={t('paper.to')} party={invoice.recipient} />
          </div>
          <Facts invoice={invoice} />
        </CardBody>
      </Card>
      <Lines invoice={invoice} />
      <CreditNotes invoice={invoice} base={base} />
    </>
  );
}
