/** A seller's monthly statement as files. */
import type { SellerStatement } from '../domain/earnings/index.ts';
import type { PdfDocument } from '../infra/pdf/render-pdf.ts';
import { csvNumber, toCsv } from '../lib/csv.ts';
import { formatMoney, toDecimal } from '../lib/money.ts';

export interface StatementTexts {
  title: string;
  organization: string;
  period: string;
  /** Headings: what, how many, amount. */
  columns: [what: string, count: string, amount: string];
  opening: string;
  closing: string;
  lines: Record<SellerStatement['lines'][number]['kind'], string>;
}

/** One row a line, with the balance before and after; exact decimals. */
export function statementCsv(statement: SellerStatement, texts: StatementTexts): string {
  const { columns, opening, closing, lines } = texts;
  return toCsv(columns, [
    [opening, null, csvNumber(toDecimal(statement.openingNanos))],
    ...statement.lines.map((line) => [lines[line.kind], line.count, csvNumber(toDecimal(line.amountNanos))]),
    [closing, null, csvNumber(toDecimal(statement.closingNanos))],
  ]);
}

export function statementPdf(
  statement: SellerStatement,
  texts: StatementTexts,
  locale: PdfDocument['locale'],
): PdfDocument {
  const money = (nanos: bigint) => formatMoney(nanos, statement.currency, locale);
  const [what, count, amount] = texts.columns;
  return {
    locale,
    title: texts.title,
    subtitle: texts.period,
    parties: [{ heading: texts.organization, lines: [] }],
    tables: [
      {
        columns: [
          { label: what, width: 6 },
          { label: count, width: 1.5, align: 'right' },
          { label: amount, width: 2.5, align: 'right' },
        ],
        rows: [
          [texts.opening, '', money(statement.openingNanos)],
          ...statement.lines.map((line) => [
            texts.lines[line.kind],
            String(line.count),
            money(line.amountNanos),
          ]),
        ],
        totals: [texts.closing, '', money(statement.closingNanos)],
      },
    ],
    // The same statement gives the same bytes.
    createdAt: statement.to,
  };
}
