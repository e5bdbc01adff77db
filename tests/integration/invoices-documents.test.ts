import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveBillingProfile } from '../../app/domain/billing-profiles/index.ts';
import type { Context } from '../../app/domain/context.ts';
import {
  approveInvoice,
  creditInvoice,
  draftInvoice,
  getCreditNote,
  getInvoice,
  type InvoiceDetail,
} from '../../app/domain/invoices/index.ts';
import { addTaxRate } from '../../app/domain/tax-rates/index.ts';
import { creditNotePdf, invoiceCsv, invoiceFile, invoicePdf } from '../../app/http/invoice-document.ts';
import { invoiceDetailAnswer } from '../../app/http/invoice-api-format.ts';
import { totalRows } from '../../app/i18n/invoice-words.ts';
import { LOCALES } from '../../app/i18n/locales.ts';
import { translateIn } from '../../app/i18n/translator.ts';
import { formatMoney, toDecimal } from '../../app/lib/money.ts';
import { createTestClock } from '../support/clock.ts';
import { makeAdministrator, makeMarketplace } from '../support/factories.ts';
import { recordUsage } from '../support/invoices.ts';
import { pdfText } from '../support/pdf-text.ts';
import { createTestPlatform, type TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
let invoice: InvoiceDetail;
let noteId: string;
let buyerCtx: Context;
beforeAll(async () => {
  platform = await createTestPlatform({}, { clock: createTestClock(Date.parse('2026-11-21T12:00:00Z')) });
  const admin = (await makeAdministrator(platform)).ctx;
  const market = await makeMarketplace(platform, { name: '=HYPERLINK("http://evil.example")' });
  buyerCtx = market.buyer.ctx;
  await saveBillingProfile(buyerCtx, {
    name: '東京電機株式会社',
    address: '東京都千代田区1-1',
    country: 'JP',
    taxIdType: 'jp_trn',
    taxId: 'T1234567891234',
    locale: 'ja',
  });
  await addTaxRate(admin, {
    country: 'JP',
    name: '消費税',
    basisPoints: 1_000,
    effectiveFrom: new Date('2026-01-01T00:00:00Z'),
  });
  const about = {
    serviceId: market.service.id,
    planId: market.plan.id,
    priceVersionId: market.plan.price.id,
  };
  for (const [day, charge] of [
    ['05', 3_333_333_333n],
    ['06', 3_333_333_333n],
    ['07', 1_234_567_890n],
  ] as const) {
    await recordUsage(platform, {
      buyer: market.buyer.organizationId,
      seller: market.seller.organizationId,
      at: `2026-10-${day}T00:00:00Z`,
      charge,
      credit: charge,
      ...about,
    });
  }
  const draft = await draftInvoice(platform.createContext({ type: 'system', job: 'test' }), {
    organizationId: market.buyer.organizationId,
    at: new Date('2026-10-15T00:00:00Z'),
  });
  const { id } = await approveInvoice(admin, { invoiceId: draft!.id });
  const note = await creditInvoice(admin, {
    invoiceId: id,
    amountNanos: 1_100_000_000n,
    reason: '障害のため',
  });
  noteId = note.id;
  invoice = await getInvoice(buyerCtx, { invoiceId: id });
});
afterAll(async () => {
  await platform.close();
});

/** Different fonts cut words apart; spaces say nothing about sums. */
const squeeze = (text: string) => text.replace(/\s/g, '');

describe('an invoice as a document', () => {
  it.each(LOCALES)('shows its totals in %s, the same on page, PDF, CSV and API', async (locale) => {
    const t = translateIn(locale, 'invoices');
    const rows = totalRows(t, invoice, locale);
    const words = squeeze(pdfText(await platform.pdf.render(invoicePdf(invoice, locale))));
    const csv = invoiceCsv(invoice, locale);
    for (const [label, nanos] of rows) {
      expect(words).toContain(squeeze(`${label}${formatMoney(nanos, 'USD', locale)}`));
      expect(csv).toContain(`${label},,,${toDecimal(nanos)}\r\n`);
    }
    const answer = invoiceDetailAnswer(invoice);
    expect(rows.map(([, nanos]) => toDecimal(nanos))).toEqual([
      answer.subtotal,
      answer.tax,
      answer.total,
      answer.prepaid,
      answer.due,
      `-${answer.credited}`,
      answer.open,
    ]);
    expect(invoice).toMatchObject({ subtotalNanos: 7_900_000_000n, taxNanos: 790_000_000n });
    for (const text of ['東京電機株式会社', invoice.number!, t('paper.invoice'), t('column.unitPrice')]) {
      expect(words).toContain(squeeze(text));
    }
    for (const line of invoice.lines) expect(csv).toContain(`,${toDecimal(line.amountNanos)}\r\n`);
  });

  it('is the same to the byte whenever it is rendered', async () => {
    const first = await platform.pdf.render(invoicePdf(invoice, 'ja'));
    expect(Buffer.compare(first, await platform.pdf.render(invoicePdf(invoice, 'ja')))).toBe(0);
  });

  it('never runs in a spreadsheet, and opens there in its own letters', () => {
    const csv = invoiceCsv(invoice, 'en');
    expect(csv.startsWith('\ufeff')).toBe(true);
    expect(csv).not.toMatch(/(^|[,\n])"?=HYPERLINK/);
    expect(csv).toContain("'=HYPERLINK");
  });

  it.each(LOCALES)('has credit notes in %s', async (locale) => {
    const { note, invoice: of } = await getCreditNote(buyerCtx, { creditNoteId: noteId });
    const words = squeeze(pdfText(await platform.pdf.render(creditNotePdf(note, of, locale))));
    for (const text of [note.number, of.number!, note.reason, formatMoney(note.amountNanos, 'USD', locale)]) {
      expect(words).toContain(squeeze(text));
    }
  });

  it('comes as a file named after its number, in its own language unless another is asked for', async () => {
    const render = (document: Parameters<typeof platform.pdf.render>[0]) => platform.pdf.render(document);
    const file = (await invoiceFile(render, invoice, { format: 'pdf', locale: null }))!;
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${invoice.number}.pdf"`);
    expect(pdfText(new Uint8Array(await file.arrayBuffer()))).toContain('請求書');
    const other = (await invoiceFile(render, invoice, { format: 'csv', locale: 'zh-TW' }))!;
    expect(await other.text()).toContain('小計');
    expect(await invoiceFile(render, invoice, { format: 'exe', locale: null })).toBeNull();
  });
});
