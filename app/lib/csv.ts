/** CSV that spreadsheets open as it was meant: RFC 4180, UTF-8 with a byte order mark, no formulas. */
import { stringify } from 'csv-stringify/sync';

/** Text, a count, or a decimal that stays a number; null leaves the cell empty. */
export type CsvCell = string | number | bigint | { numeric: string } | null;

const DECIMAL = /^-?\d+(\.\d+)?$/;
/** What makes a spreadsheet compute, full-width forms and what it skips in front of them included. */
const FORMULA = /^(?:[\s\p{C}]*[=+\-@＝＋－＠]|[\t\r\n])/u;

/** Marks a decimal string, such as an amount of money, as a number. */
export function csvNumber(decimal: string): CsvCell {
  return { numeric: decimal };
}

function toField(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell !== 'string') return DECIMAL.test(cell.numeric) ? cell.numeric : toField(cell.numeric);
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** One table with its header; a text that a spreadsheet would run begins with an apostrophe. */
export function toCsv(header: string[], rows: CsvCell[][]): string {
  return stringify([header.map(toField), ...rows.map((row) => row.map(toField))], {
    bom: true,
    record_delimiter: 'windows',
    // Also keeps a lone carriage return, which ends a row for some readers, inside its cell.
    quoted_match: /[\r;\t]/,
  });
}
