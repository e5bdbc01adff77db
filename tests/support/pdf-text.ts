/** The words of a PDF: what its fonts' ToUnicode maps say that its pages show. */
import { inflateSync } from 'node:zlib';

interface PdfObject {
  dictionary: string;
  stream: Buffer | null;
}

/** Objects by their number; enough of the format for what pdfkit writes. */
function readObjects(bytes: Uint8Array): Map<string, PdfObject> {
  const file = Buffer.from(bytes);
  const text = file.toString('latin1');
  const objects = new Map<string, PdfObject>();
  for (const match of text.matchAll(/(?:^|\n)(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [, number = '', body = ''] = match;
    const at = body.indexOf('stream\n');
    if (at < 0) {
      objects.set(number, { dictionary: body, stream: null });
      continue;
    }
    const dictionary = body.slice(0, at);
    const raw = Buffer.from(body.slice(at + 7, body.lastIndexOf('\nendstream')), 'latin1');
    const stream = dictionary.includes('FlateDecode') ? inflateSync(raw) : raw;
    objects.set(number, { dictionary, stream });
  }
  return objects;
}

/** Glyph to characters, of one font. */
function readMap(cmap: string): Map<number, string> {
  const glyphs = new Map<number, string>();
  const decode = (hex: string) => Buffer.from(hex, 'hex').swap16().toString('utf16le');
  for (const [, first = '', , list = ''] of cmap.matchAll(/<([0-9a-f]+)> <([0-9a-f]+)> \[([^\]]*)\]/gi)) {
    [...list.matchAll(/<([0-9a-f]+)>/gi)].forEach(([, hex = ''], index) => {
      glyphs.set(parseInt(first, 16) + index, decode(hex));
    });
  }
  return glyphs;
}

/** All text in the order it is drawn, line breaks left out. */
export function pdfText(bytes: Uint8Array): string {
  const objects = readObjects(bytes);
  const fonts = new Map<string, Map<number, string>>();
  for (const { dictionary } of objects.values()) {
    for (const [, name = '', number = ''] of dictionary.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const cmap = /\/ToUnicode (\d+) 0 R/.exec(objects.get(number)?.dictionary ?? '')?.[1];
      const stream = cmap ? objects.get(cmap)?.stream : null;
      if (stream) fonts.set(name, readMap(stream.toString('latin1')));
    }
  }
  let text = '';
  for (const { dictionary, stream } of objects.values()) {
    const page = stream?.toString('latin1') ?? '';
    if (!stream || /\/Type|\/Length1|CIDInit/.test(dictionary) || !page.includes(' Tf')) continue;
    let glyphs = new Map<number, string>();
    for (const [, font, shown] of page.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (font) glyphs = fonts.get(font) ?? new Map();
      for (const [, hex = ''] of (shown ?? '').matchAll(/<([0-9a-f]+)>/gi)) {
        for (let at = 0; at < hex.length; at += 4) {
          text += glyphs.get(parseInt(hex.slice(at, at + 4), 16)) ?? '';
        }
      }
    }
    text += '\n';
  }
  return text;
}
