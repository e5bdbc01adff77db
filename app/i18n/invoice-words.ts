/** How a line of an invoice is said: the same words on the page, in the PDF and in the CSV. */
import type { TFunction } from 'i18next';
import { formatMoney } from '../lib/money.ts';
import { dynamicText } from './dynamic.ts';
import { dateTimeFormat, numberFormat } from '../lib/intl.ts';

export interface InvoiceLineFacts {
  kind: 'usage' | 'fee' | 'discount' | 'refund' | 'adjustment';
  serviceId: string | null;
  serviceName: string | null;
  planName: string | null;
  meter: string | null;
  model: string | null;
  description: string;
  nanosPerMillion: bigint | null;
}

type Translate = TFunction<'invoices'>;

/** What the line is for. */
export function lineText(t: Translate, line: InvoiceLineFacts): string {
  const { kind, serviceName, serviceId, planName, meter, model, description } = line;
  if (kind === 'adjustment') return `${t('line.adjustment')}: ${description}`;
  const parts = [serviceName ?? serviceId, planName];
  if (kind === 'discount' && !serviceId) return t('line.promotion');
  if (kind !== 'usage') parts.unshift(t(`line.${kind}`));
  if (meter) parts.push(dynamicText(t)(`common:meter.${meter}`));
  if (model) parts.push(model);
  if (kind === 'usage' && line.nanosPerMillion === null && meter) parts.push(t('line.included'));
  if (description.startsWith('late:')) parts.push(t('line.late'));
  return parts.filter(Boolean).join(' · ') || t('line.usage');
}

const PER_MILLION = 1_000_000n;

/** What a unit costs; empty where a line has no units. */
export function unitPriceText(
  t: Translate,
  line: InvoiceLineFacts,
  currency: string,
  locale: string,
): string {
  const { meter, nanosPerMillion } = line;
  if (nanosPerMillion === null || meter === 'adjustment') return '';
  if (meter === 'call' && nanosPerMillion % PER_MILLION === 0n) {
    return t('line.each', { price: formatMoney(nanosPerMillion / PER_MILLION, currency, locale) });
  }
  return t('line.million', { price: formatMoney(nanosPerMillion, currency, locale) });
}

/** `2026-10` as people say it. */
export function monthText(month: string, locale: string): string {
  return dateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    new Date(`${month}-15T00:00:00Z`),
  );
}

/** 1,900 basis points as `19%`. */
export function rateText(basisPoints: number, locale: string): string {
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(basisPoints / 10_000);
}

export interface InvoiceTotalFacts {
  subtotalNanos: bigint;
  taxNanos: bigint;
  totalNanos: bigint;
  prepaidNanos: bigint;
  dueNanos: bigint;
  creditedNanos: bigint;
  openNanos: bigint;
  status: string;
  taxName: string | null;
  taxBasisPoints: number;
}

/** The totals in their order; what is nothing is left out. */
export function totalRows(t: Translate, invoice: InvoiceTotalFacts, locale: string): [string, bigint][] {
  const { subtotalNanos, taxNanos, totalNanos, prepaidNanos, dueNanos, creditedNanos } = invoice;
  const tax = invoice.taxName
    ? t('totals.taxAt', { name: invoice.taxName, rate: rateText(invoice.taxBasisPoints, locale) })
    : t('totals.tax');
  const rows: [string, bigint][] = [
    [t('totals.subtotal'), subtotalNanos],
    [tax, taxNanos],
    [t('totals.total'), totalNanos],
    prepaidNanos < 0n ? [t('totals.returned'), prepaidNanos] : [t('totals.prepaid'), prepaidNanos],
    [t('totals.due'), dueNanos],
  ];
  if (creditedNanos > 0n) rows.push([t('totals.credited'), -creditedNanos]);
  if (invoice.status !== 'draft') rows.push([t('totals.open'), invoice.openNanos]);
  return rows;
}
