/** Documents as PDF: title, parties, facts and tables on A4, in four languages, the same bytes for the same input. */
import LineBreaker from 'linebreak';
import PDFDocument from 'pdfkit';
import { loadFonts, type Fonts, type PdfLocale, type Weight } from './fonts.ts';

export interface PdfColumn {
  label: string;
  align?: 'left' | 'right';
  /** Share of the width, relative to the other columns'; from the content when no column has one. */
  width?: number;
}

export interface PdfTable {
  heading?: string;
  columns: PdfColumn[];
  rows: string[][];
  totals?: string[];
}

export interface PdfDocument {
  locale: PdfLocale;
  title: string;
  subtitle?: string;
  parties?: { heading: string; lines: string[] }[];
  facts?: [label: string, value: string][];
  tables: PdfTable[];
  notes?: string[];
  createdAt: Date;
}

interface Style {
  weight: Weight;
  size: number;
  colour: string;
}

const INK = '#1d1d1f';
const MUTED = '#6e6e73';
const RULE = '#d2d2d7';
const STYLES = {
  title: { weight: 'bold', size: 18, colour: INK },
  subtitle: { weight: 'regular', size: 10, colour: MUTED },
  heading: { weight: 'bold', size: 11, colour: INK },
  label: { weight: 'regular', size: 9, colour: MUTED },
  strong: { weight: 'bold', size: 9, colour: INK },
  body: { weight: 'regular', size: 9, colour: INK },
  columnLabel: { weight: 'bold', size: 8, colour: MUTED },
  cell: { weight: 'regular', size: 8, colour: INK },
  total: { weight: 'bold', size: 8, colour: INK },
  small: { weight: 'regular', size: 8, colour: MUTED },
} as const satisfies Record<string, Style>;

const MARGIN = 48;
const FOOTER = 28;
const A4 = { short: 595.28, long: 841.89 };
const LINE_HEIGHT = 1.5;
/** Where letters stand in a line, from its top, in sizes. */
const BASELINE = 1.1;
const CELL_PADDING = 5;
const GAP = 18;
/** Far more than any cell needs; what is longer is cut, so that a row always fits on a page. */
const MAX_CELL_LINES = 30;

/** One space for what cannot be drawn; lines end where the text says so. */
function clean(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\S\n]|(?!\n)\p{Cc}|\p{Cf}|\p{Co}|\p{Cs}/gu, ' ');
}

function cleanDocument(document: PdfDocument): PdfDocument {
  const all = (texts: string[]) => texts.map(clean);
  return {
    ...document,
    title: clean(document.title),
    subtitle: document.subtitle === undefined ? undefined : clean(document.subtitle),
    parties: document.parties?.map(({ heading, lines }) => ({ heading: clean(heading), lines: all(lines) })),
    facts: document.facts?.map(([label, value]) => [clean(label), clean(value)]),
    tables: document.tables.map((table) => ({
      heading: table.heading === undefined ? undefined : clean(table.heading),
      columns: table.columns.map((column) => ({ ...column, label: clean(column.label) })),
      rows: table.rows.map(all),
      totals: table.totals && all(table.totals),
    })),
    notes: document.notes && all(document.notes),
  };
}

function collectTexts(document: PdfDocument): Record<Weight, string[]> {
  const { title, subtitle = '', parties = [], facts = [], tables, notes = [] } = document;
  return {
    regular: [
      title,
      subtitle,
      ...parties.flatMap(({ heading, lines }) => [heading, ...lines]),
      ...facts.flat(),
      ...tables.flatMap(({ rows }) => rows.flat()),
      ...notes,
      // Of the page numbers and the cut.
      '0123456789 /…',
    ],
    bold: [
      title,
      ...facts.map(([, value]) => value),
      ...tables.flatMap(({ heading = '', columns, totals = [] }) => [
        heading,
        ...columns.map(({ label }) => label),
        ...totals,
      ]),
      '…',
    ],
  };
}

export async function renderPdf(input: PdfDocument): Promise<Uint8Array> {
  const document = cleanDocument(input);
  const fonts = await loadFonts(document.locale, collectTexts(document));
  const doc = new PDFDocument({
    autoFirstPage: false,
    bufferPages: true,
    margin: 0,
    lang: document.locale,
    displayTitle: true,
    info: {
      Title: document.title,
      Producer: 'Tollgate',
      Creator: 'Tollgate',
      CreationDate: document.createdAt,
    },
  });
  const chunks: Uint8Array[] = [];
  doc.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    doc.once('end', resolve);
    doc.once('error', reject);
  });
  for (const { name, bytes } of fonts.embedded) doc.registerFont(name, bytes);
  new Page(doc, fonts, document).draw();
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

/** Writes from top to bottom, on as many pages as it takes. */
class Page {
  private readonly doc: PDFKit.PDFDocument;
  private readonly fonts: Fonts;
  private readonly document: PdfDocument;
  private readonly width: number;
  private readonly height: number;
  private y = 0;

  constructor(doc: PDFKit.PDFDocument, fonts: Fonts, document: PdfDocument) {
    this.doc = doc;
    this.fonts = fonts;
    this.document = document;
    const isWide = document.tables.some(
      (table) => this.naturalWidths(table).reduce((sum, width) => sum + width, 0) > A4.short - 2 * MARGIN,
    );
    this.width = (isWide ? A4.long : A4.short) - 2 * MARGIN;
    this.height = isWide ? A4.short : A4.long;
  }

  draw(): void {
    const { title, subtitle, parties = [], facts = [], tables, notes = [] } = this.document;
    this.addPage();
    this.paragraph(title, STYLES.title);
    if (subtitle) this.paragraph(subtitle, STYLES.subtitle);
    this.y += GAP / 2;
    this.parties(parties);
    this.facts(facts);
    for (const table of tables) this.table(table);
    for (const note of notes) this.paragraph(note, STYLES.small);
    this.numberPages();
  }

  private addPage(): void {
    this.doc.addPage({ size: [this.width + 2 * MARGIN, this.height], margin: 0 });
    this.y = MARGIN;
  }

  private get bottom(): number {
    return this.height - MARGIN - FOOTER;
  }

  private ensure(height: number): boolean {
    if (this.y + height <= this.bottom || this.y === MARGIN) return false;
    this.addPage();
    return true;
  }

  private measure(text: string, { weight, size }: Style): number {
    return this.fonts
      .split(text, weight)
      .reduce((sum, run) => sum + this.doc.font(run.font).fontSize(size).widthOfString(run.text), 0);
  }

  private drawLine(text: string, style: Style, x: number, top: number): void {
    let at = x;
    for (const run of this.fonts.split(text, style.weight)) {
      this.doc.font(run.font).fontSize(style.size).fillColor(style.colour);
      this.doc.text(run.text, at, top + BASELINE * style.size, { lineBreak: false, baseline: 'alphabetic' });
      at += this.doc.widthOfString(run.text);
    }
  }

  private wrap(text: string, style: Style, width: number): string[] {
    const lines: string[] = [];
    for (const paragraph of text.split('\n')) {
      let line = '';
      for (const piece of breakable(paragraph)) {
        if (this.measure((line + piece).trimEnd(), style) <= width) {
          line += piece;
          continue;
        }
        if (line) lines.push(line.trimEnd());
        line = this.breakWord(piece, style, width, lines);
      }
      lines.push(line.trimEnd());
    }
    return lines;
  }

  /** Puts what fills whole lines into `lines` and returns the rest: for ids longer than their column. */
  private breakWord(word: string, style: Style, width: number, lines: string[]): string {
    let line = '';
    for (const character of word) {
      if (line && this.measure((line + character).trimEnd(), style) > width) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
    return line;
  }

  private paragraph(text: string, style: Style): void {
    const height = style.size * LINE_HEIGHT;
    for (const line of this.wrap(text, style, this.width)) {
      this.ensure(height);
      this.drawLine(line, style, MARGIN, this.y);
      this.y += height;
    }
  }

  private parties(parties: NonNullable<PdfDocument['parties']>): void {
    if (parties.length === 0) return;
    const width = (this.width - GAP * (parties.length - 1)) / parties.length;
    const height = STYLES.body.size * LINE_HEIGHT;
    let lowest = this.y;
    for (const [index, { heading, lines }] of parties.entries()) {
      const x = MARGIN + index * (width + GAP);
      let y = this.y;
      for (const line of this.wrap(heading, STYLES.label, width)) {
        this.drawLine(line, STYLES.label, x, y);
        y += height;
      }
      for (const line of lines.flatMap((text) => this.wrap(text, STYLES.body, width))) {
        this.drawLine(line, STYLES.body, x, y);
        y += height;
      }
      lowest = Math.max(lowest, y);
    }
    this.y = lowest + GAP;
  }

  private facts(facts: NonNullable<PdfDocument['facts']>): void {
    if (facts.length === 0) return;
    const widest = Math.max(...facts.map(([label]) => this.measure(label, STYLES.label)));
    const labelWidth = Math.min(widest, this.width / 2);
    const height = STYLES.body.size * LINE_HEIGHT;
    for (const [label, value] of facts) {
      const labels = this.wrap(label, STYLES.label, labelWidth);
      const values = this.wrap(value, STYLES.strong, this.width - labelWidth - GAP);
      const rows = Math.max(labels.length, values.length);
      this.ensure(rows * height);
      for (let row = 0; row < rows; row++) {
        this.drawLine(labels[row] ?? '', STYLES.label, MARGIN, this.y);
        this.drawLine(values[row] ?? '', STYLES.strong, MARGIN + labelWidth + GAP, this.y);
        this.y += height;
      }
    }
    this.y += GAP;
  }

  private naturalWidths({ columns, rows, totals }: PdfTable): number[] {
    return columns.map(
      ({ label }, index) =>
        2 * CELL_PADDING +
        Math.max(
          this.measure(label, STYLES.columnLabel),
          this.measure(totals?.[index] ?? '', STYLES.total),
          ...rows.map((row) => this.measure(row[index] ?? '', STYLES.cell)),
        ),
    );
  }

  private columnWidths(table: PdfTable): number[] {
    const { columns } = table;
    if (columns.some(({ width }) => width !== undefined)) {
      const total = columns.reduce((sum, { width = 1 }) => sum + width, 0);
      return columns.map(({ width = 1 }) => (this.width * width) / total);
    }
    const natural = this.naturalWidths(table);
    const left = this.width - natural.reduce((sum, width) => sum + width, 0);
    if (left >= 0) return natural.map((width) => width + left / columns.length);
    // Words wrap better than numbers: columns wider than a fair share give way, down to that share.
    let room = this.width;
    let open = natural.map((width, index) => ({ width, index })).sort((a, b) => a.width - b.width);
    const widths = natural.slice();
    while (open.length > 0) {
      const share = room / open.length;
      const [narrowest] = open as [{ width: number; index: number }];
      widths[narrowest.index] = Math.min(narrowest.width, share);
      room -= Math.min(narrowest.width, share);
      open = open.slice(1);
    }
    return widths;
  }

  private table(table: PdfTable): void {
    const widths = this.columnWidths(table);
    const header = table.columns.map(({ label }) => label);
    const headerHeight = this.rowHeight(header, STYLES.columnLabel, widths);
    const headingHeight = table.heading ? STYLES.heading.size * LINE_HEIGHT + 4 : 0;
    this.ensure(headingHeight + headerHeight + 40);
    if (table.heading) {
      this.paragraph(table.heading, STYLES.heading);
      this.y += 4;
    }
    const row = (cells: string[], style: Style, rule: string) => {
      const height = this.rowHeight(cells, style, widths);
      if (this.ensure(height)) this.row(header, STYLES.columnLabel, widths, table, INK);
      this.row(cells, style, widths, table, rule);
    };
    this.row(header, STYLES.columnLabel, widths, table, INK);
    for (const cells of table.rows) row(cells, STYLES.cell, RULE);
    if (table.totals) row(table.totals, STYLES.total, INK);
    this.y += GAP;
  }

  private cellLines(text: string, style: Style, width: number): string[] {
    const lines = this.wrap(text, style, width - 2 * CELL_PADDING);
    return lines.length <= MAX_CELL_LINES ? lines : [...lines.slice(0, MAX_CELL_LINES - 1), '…'];
  }

  private rowHeight(cells: string[], style: Style, widths: number[]): number {
    const lines = widths.map((width, index) => this.cellLines(cells[index] ?? '', style, width).length);
    return Math.max(...lines) * style.size * LINE_HEIGHT + 2 * 3;
  }

  private row(cells: string[], style: Style, widths: number[], table: PdfTable, rule: string): void {
    const height = this.rowHeight(cells, style, widths);
    let x = MARGIN;
    for (const [index, width] of widths.entries()) {
      for (const [line, text] of this.cellLines(cells[index] ?? '', style, width).entries()) {
        const indent =
          table.columns[index]?.align === 'right'
            ? width - CELL_PADDING - this.measure(text, style)
            : CELL_PADDING;
        this.drawLine(text, style, x + indent, this.y + 3 + line * style.size * LINE_HEIGHT);
      }
      x += width;
    }
    this.y += height;
    this.doc
      .moveTo(MARGIN, this.y)
      .lineTo(MARGIN + this.width, this.y)
      .lineWidth(0.5)
      .strokeColor(rule)
      .stroke();
  }

  private numberPages(): void {
    const { count } = this.doc.bufferedPageRange();
    const [title = ''] = this.wrap(this.document.title, STYLES.small, this.width / 2);
    const top = this.height - MARGIN - STYLES.small.size;
    for (let index = 0; index < count; index++) {
      this.doc.switchToPage(index);
      const number = `${index + 1} / ${count}`;
      this.drawLine(title, STYLES.small, MARGIN, top);
      this.drawLine(number, STYLES.small, MARGIN + this.width - this.measure(number, STYLES.small), top);
    }
  }
}

/** Pieces of a text, each ending where a line may end. */
function* breakable(text: string): Generator<string> {
  const breaker = new LineBreaker(text);
  let start = 0;
  for (let next = breaker.nextBreak(); next; next = breaker.nextBreak()) {
    yield text.slice(start, next.position);
    start = next.position;
  }
}
