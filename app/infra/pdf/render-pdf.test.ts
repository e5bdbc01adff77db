import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { loadFonts, PDF_LOCALES } from './fonts.ts';
import { createPdfRenderer } from './pdf-renderer.ts';
import { renderPdf, type PdfDocument } from './render-pdf.ts';

const HOSTILE = 'a\u0000b\u200b\ud800 \u202eevil 🎉 한국어 \r\n' + 'x'.repeat(5_000);

function invoice(rows: number, locale: PdfDocument['locale'] = 'ja'): PdfDocument {
  return {
    locale,
    title: '請求書 INV-7',
    subtitle: '2026年10月',
    parties: [
      { heading: '購入者', lines: ['東京電機 株式会社', '1 Main St'] },
      { heading: '販売者', lines: ['Tollgate GmbH'] },
    ],
    facts: [['合計', 'US$12.50']],
    tables: [
      {
        heading: '明細',
        columns: [{ label: 'サービス' }, { label: '金額', align: 'right' }],
        rows: Array.from({ length: rows }, (_, index) => [`天気 API ${index}`, 'US$0.000000001']),
        totals: ['合計', 'US$12.50'],
      },
    ],
    notes: ['ありがとうございます。'],
    createdAt: new Date('2026-11-01T00:00:00Z'),
  };
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const pagesOf = (bytes: Uint8Array) => text(bytes).match(/\/Type \/Page\b/g)?.length;

const renderer = createPdfRenderer();
afterAll(() => renderer.close());

describe('renderPdf', () => {
  it.each(PDF_LOCALES)(
    'gives the same bytes for the same input, with its fonts inside (%s)',
    async (locale) => {
      const first = await renderPdf(invoice(3, locale));
      expect(Buffer.compare(first, await renderPdf(invoice(3, locale)))).toBe(0);
      expect(text(first)).toMatch(/^%PDF-1\./);
      expect(text(first)).toContain(`/Lang (${locale})`);
      expect(text(first)).toContain('/FontFile2');
      expect(text(first)).not.toContain('Helvetica');
      expect(first.length).toBeLessThan(120_000);
    },
  );

  it('goes on over as many pages as the rows take', async () => {
    expect(pagesOf(await renderPdf(invoice(3)))).toBe(1);
    expect(pagesOf(await renderPdf(invoice(100)))).toBe(3);
  });

  it('draws whatever people have put into names', async () => {
    const document = invoice(1);
    document.tables[0]?.rows.push([HOSTILE, HOSTILE]);
    expect(pagesOf(await renderPdf({ ...document, title: HOSTILE.slice(0, 200) }))).toBeGreaterThan(0);
  });

  it.each(PDF_LOCALES)('has a glyph for every character of our texts (%s)', async (locale) => {
    const folder = `public/locales/${locale}`;
    const characters = new Set(
      readdirSync(folder)
        .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
        .join('')
        .replace(/\p{Extended_Pictographic}|\s/gu, ''),
    );
    const { split } = await loadFonts(locale, { regular: characters, bold: [] });
    const missing = [...characters].filter((one) => split(one, 'regular')[0]?.text !== one);
    expect(missing).toEqual([]);
  });
});

describe('the PDF thread', () => {
  it('draws what renderPdf draws, several at once', async () => {
    const drawn = await Promise.all([renderer.render(invoice(2)), renderer.render(invoice(3))]);
    expect(Buffer.compare(drawn[0], await renderPdf(invoice(2)))).toBe(0);
    expect(Buffer.compare(drawn[1], await renderPdf(invoice(3)))).toBe(0);
  });

  it('says what went wrong and goes on with the next', async () => {
    const broken = { ...invoice(1), locale: 'xx' as PdfDocument['locale'] };
    await expect(renderer.render(broken)).rejects.toThrow();
    expect(pagesOf(await renderer.render(invoice(1)))).toBe(1);
  });
});
