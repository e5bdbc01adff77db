import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvNumber, toCsv, type CsvCell } from './csv.ts';

/** A strict RFC 4180 reader, so that the writer is not checked against itself. */
function parse(csv: string): string[][] {
  const text = csv.replace(/^\uFEFF/, '');
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field = '';
    if (text[at] === '"') {
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        if (text[at] === '"') at++;
        field += text[at];
      }
      at++;
    } else {
      while (at < text.length && text[at] !== ',' && text[at] !== '\r') field += text[at++];
    }
    row.push(field);
    if (text[at] === ',') {
      at++;
      if (at === text.length) row.push('');
    } else {
      expect(text.slice(at, at + 2)).toBe('\r\n');
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ';', "'", '＝', ' ', 'a', '用'),
  }),
);

describe('toCsv', () => {
  it('begins with a byte order mark and ends rows with CR LF', () => {
    expect(toCsv(['Tag', '金额'], [['a', csvNumber('-1.50')]])).toBe('\uFEFFTag,金额\r\na,-1.50\r\n');
  });

  it.each([
    '=HYPERLINK("https://evil.example","click")',
    '+1',
    '-1+2',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '  =1',
    '\u00a0=1',
    '\u200b=1',
    '＝1+1',
    '-',
  ])('neutralises %j in a cell and in a header', (text) => {
    const [header, row] = parse(toCsv([text], [[text]]));
    expect(header).toEqual([`'${text}`]);
    expect(row).toEqual([`'${text}`]);
  });

  it('leaves numbers as they are, and takes nothing for a number that is none', () => {
    const cells: CsvCell[] = [
      -3,
      -7n,
      csvNumber('-0.000000001'),
      csvNumber('=1+1'),
      csvNumber('-1e5'),
      NaN,
      null,
    ];
    expect(parse(toCsv(['h', 'h', 'h', 'h', 'h', 'h', 'h'], [cells]))[1]).toEqual([
      '-3',
      '-7',
      '-0.000000001',
      "'=1+1",
      "'-1e5",
      '',
      '',
    ]);
  });

  it('gives every text back, and none begins as a formula does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(nasty, nasty), { minLength: 1, maxLength: 5 }), nasty, (rows, head) => {
        const [header, ...read] = parse(toCsv([head, 'x'], rows));
        expect(read).toHaveLength(rows.length);
        for (const [written, field] of [
          [head, header?.[0]] as const,
          ...rows.flatMap(([a, b], index) => [
            [a, read[index]?.[0]] as const,
            [b, read[index]?.[1]] as const,
          ]),
        ]) {
          expect([written, `'${written}`]).toContain(field);
          expect(field).not.toMatch(/^[=+\-@\t\r\n]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
