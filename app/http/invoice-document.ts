/** An invoice as PDF and CSV: the totals are the page's, in the language that is asked for. */
import type { LoaderFunctionArgs } from '@remix-run/node';
import type { CreditNote, InvoiceParty } from '../../db/schema/index.ts';
import type { Context } from '../domain/context.ts';
import type { InvoiceDetail } from '../domain/invoices/index.ts';
import { lineText, totalRows, unitPriceText } from '../i18n/invoice-words.ts';
import { DEFAULT_LOCALE, isLocale, type Locale } from '../i18n/locales.ts';
import { translateIn } from '../i18n/translator.ts';
import type { PdfDocument } from '../infra/pdf/render-pdf.ts';
import { AppError } from '../lib/app-error.ts';
import { csvNumber, toCsv } from '../lib/csv.ts';
import { formatMoney, toDecimal } from '../lib/money.ts';
import { fileResponse } from './file-response.ts';
import { dateTimeFormat, numberFormat } from '../lib/intl.ts';

/** The language of an invoice, unless the reader wants another of ours. */
export function documentLocale(invoice: Pick<InvoiceDetail, 'locale'>, wanted: string | null): Locale {
  if (isLocale(wanted)) return wanted;
  return isLocale(invoice.locale) ? invoice.locale : DEFAULT_LOCALE;
}

function partyLines(locale: Locale, party: InvoiceParty): string[] {
  const t = translateIn(locale, 'invoices');
  const country = party.country ? new Intl.DisplayNames(locale, { type: 'region' }).of(party.country) : '';
  return [
    party.name,
    ...party.address,
    country ?? '',
    party.taxId ? t('paper.taxId', { id: party.taxId }) : '',
    party.email ?? '',
  ].filter(Boolean);
}

function words(invoice: InvoiceDetail, locale: Locale) {
  const t = translateIn(locale, 'invoices');
  const date = dateTimeFormat(locale, { dateStyle: 'long', timeZone: invoice.timeZone });
  const money = (nanos: bigint) => formatMoney(nanos, invoice.currency, locale);
  const parties = [
    { heading: t('paper.from'), lines: partyLines(locale, invoice.issuer) },
    { heading: t('paper.to'), lines: partyLines(locale, invoice.recipient) },
  ];
  const last = new Date(invoice.periodEnd.getTime() - 1);
  const period = `${date.format(invoice.periodStart)} – ${date.format(last)} (${invoice.timeZone})`;
  return { t, date, money, parties, period };
}

export function invoicePdf(invoice: InvoiceDetail, locale: Locale): PdfDocument {
  const { t, date, money, parties, period } = words(invoice, locale);
  const count = numberFormat(locale);
  const facts: [string, string][] = [[t('paper.period'), period]];
  if (invoice.number) facts.unshift([t('paper.number'), invoice.number]);
  if (invoice.finalizedAt) facts.push([t('paper.issued'), date.format(invoice.finalizedAt)]);
  if (invoice.dueAt && invoice.dueNanos > 0n) facts.push([t('paper.dueAt'), date.format(invoice.dueAt)]);
  if (invoice.paidAt) facts.push([t('paper.paidAt'), date.format(invoice.paidAt)]);
  const notes: string[] = [];
  if (invoice.status === 'draft') notes.push(t('note.draft'));
  if (invoice.status === 'void') notes.push(t('note.void'));
  if (invoice.taxName && invoice.taxBasisPoints === 0 && invoice.recipient.taxId) {
    notes.push(t('note.reverseCharge'));
  }
  return {
    locale,
    title: t('paper.invoice'),
    ...(invoice.number && { subtitle: invoice.number }),
    parties,
    facts,
    tables: [
      {
        columns: [
          { label: t('column.description'), width: 5 },
          { label: t('column.quantity'), align: 'right', width: 2 },
          { label: t('column.unitPrice'), align: 'right', width: 3 },
          { label: t('column.amount'), align: 'right', width: 2 },
        ],
        rows: invoice.lines.map((line) => [
          lineText(t, line),
          count.format(line.quantity),
          unitPriceText(t, line, invoice.currency, locale),
          money(line.amountNanos),
        ]),
      },
      {
        columns: [
          { label: '', width: 3 },
          { label: t('column.amount'), align: 'right', width: 1 },
        ],
        rows: totalRows(t, invoice, locale).map(([label, nanos]) => [label, money(nanos)]),
      },
    ],
    notes,
    createdAt: invoice.finalizedAt ?? invoice.updatedAt,
  };
}

export function creditNotePdf(note: CreditNote, invoice: InvoiceDetail, locale: Locale): PdfDocument {
  const { t, date, money, parties } = words(invoice, locale);
  return {
    locale,
    title: t('paper.creditNote'),
    subtitle: note.number,
    parties,
    facts: [
      [t('paper.number'), note.number],
      [t('paper.ofInvoice'), invoice.number ?? ''],
      [t('paper.issued'), date.format(note.createdAt)],
    ],
    tables: [
      {
        columns: [
          { label: t('column.reason'), width: 3 },
          { label: t('column.amount'), align: 'right', width: 1 },
        ],
        rows: [
          [note.reason, money(note.amountNanos - note.taxNanos)],
          [invoice.taxName ?? t('totals.tax'), money(note.taxNanos)],
        ],
        totals: [t('totals.total'), money(note.amountNanos)],
      },
    ],
    notes: [t('note.credit', { number: invoice.number ?? '' })],
    createdAt: note.createdAt,
  };
}

/** One row a line, then the totals. */
export function invoiceCsv(invoice: InvoiceDetail, locale: Locale): string {
  const t = translateIn(locale, 'invoices');
  const header = [
    t('column.description'),
    t('column.quantity'),
    t('column.unitPrice'),
    `${t('column.amount')} (${invoice.currency})`,
  ];
  return toCsv(header, [
    ...invoice.lines.map((line) => [
      lineText(t, line),
      line.quantity,
      unitPriceText(t, line, invoice.currency, locale),
      csvNumber(toDecimal(line.amountNanos)),
    ]),
    ...totalRows(t, invoice, locale).map(([label, nanos]) => [
      label,
      null,
      null,
      csvNumber(toDecimal(nanos)),
    ]),
  ]);
}

/** What a file is called: only letters, digits and hyphens, so that it fits any header. */
function fileName(invoice: Pick<InvoiceDetail, 'number' | 'month'>, ending: string): string {
  return `${(invoice.number ?? `draft-${invoice.month}`).replace(/[^\w-]/g, '')}.${ending}`;
}

/** The file that an address ends in: `pdf` or `csv`; null for anything else. */
export async function invoiceFile(
  render: (document: PdfDocument) => Promise<Uint8Array>,
  invoice: InvoiceDetail,
  options: { format: string | undefined; locale: string | null },
): Promise<Response | null> {
  const locale = documentLocale(invoice, options.locale);
  if (options.format === 'pdf') {
    return fileResponse(await render(invoicePdf(invoice, locale)), fileName(invoice, 'pdf'));
  }
  if (options.format !== 'csv') return null;
  return fileResponse(invoiceCsv(invoice, locale), fileName(invoice, 'csv'));
}

/**
 * The file that an address ending in `pdf` or `csv` names; `?locale=` asks for another language.
 * @throws AppError `not_found` for other formats.
 */
export async function answerInvoiceFile(
  { params, request }: Pick<LoaderFunctionArgs, 'params' | 'request'>,
  ctx: Pick<Context, 'pdf'>,
  invoice: InvoiceDetail,
): Promise<Response> {
  const file = await invoiceFile((document) => ctx.pdf.render(document), invoice, {
    format: params['format'],
    locale: new URL(request.url).searchParams.get('locale'),
  });
  if (!file) throw new AppError('not_found', 'An invoice comes as pdf or csv.');
  return file;
}
