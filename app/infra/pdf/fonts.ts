/**
 * Fonts for documents: Noto Sans of each script comes in slices, each of them a file for some
 * characters. Only the slices a document needs are read, and only the glyphs it shows are embedded.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { create } from 'fontkit';
import subsetFont from 'subset-font';

export const PDF_LOCALES = ['en', 'zh-CN', 'zh-TW', 'ja'] as const;
export type PdfLocale = (typeof PDF_LOCALES)[number];

export type Weight = 'regular' | 'bold';

type Family = 'noto-sans' | 'noto-sans-sc' | 'noto-sans-tc' | 'noto-sans-jp';

/** Han characters are drawn differently in each language: its own shapes first, the others' for what is left. */
const FAMILIES: Record<PdfLocale, Family[]> = {
  en: ['noto-sans', 'noto-sans-sc', 'noto-sans-tc', 'noto-sans-jp'],
  'zh-CN': ['noto-sans-sc', 'noto-sans', 'noto-sans-tc', 'noto-sans-jp'],
  'zh-TW': ['noto-sans-tc', 'noto-sans', 'noto-sans-sc', 'noto-sans-jp'],
  ja: ['noto-sans-jp', 'noto-sans', 'noto-sans-tc', 'noto-sans-sc'],
};
const WEIGHTS: Record<Weight, number> = { regular: 400, bold: 700 };

interface Slice {
  file: string;
  ranges: [first: number, last: number][];
}

/** Text of one font. */
export interface Run {
  font: string;
  text: string;
}

export interface EmbeddedFont {
  name: string;
  bytes: Buffer;
}

export interface Fonts {
  embedded: EmbeddedFont[];
  /** Cuts a text where the font changes. */
  split(text: string, weight: Weight): Run[];
}

function packageFile(family: Family, path: string): string {
  return createRequire(import.meta.url).resolve(`@fontsource-variable/${family}/${path}`);
}

async function readSlices(family: Family): Promise<Slice[]> {
  const slices = JSON.parse(await readFile(packageFile(family, 'unicode.json'), 'utf8')) as Record<
    string,
    string
  >;
  return Object.entries(slices).map(([name, ranges]) => ({
    file: packageFile(family, `files/${family}-${name.replace(/[[\]]/g, '')}-wght-normal.woff2`),
    ranges: ranges.split(',').map((range) => {
      const [first = '', last = first] = range.trim().replace('U+', '').split('-');
      return [parseInt(first, 16), parseInt(last, 16)];
    }),
  }));
}

/** Shown for what no font has. */
const MISSING = '?';

/** The font files that draw these texts, cut down to their characters. */
export async function loadFonts(locale: PdfLocale, texts: Record<Weight, Iterable<string>>): Promise<Fonts> {
  const slices = (await Promise.all(FAMILIES[locale].map(readSlices))).flat();
  const embedded: EmbeddedFont[] = [];
  const fontOf: Record<Weight, Map<string, string>> = { regular: new Map(), bold: new Map() };
  for (const weight of ['regular', 'bold'] as const) {
    const wanted = new Set([...texts[weight], MISSING].join(''));
    // One after the other and sorted: the same document gives the same bytes.
    for (const [index, { file, ranges }] of slices.entries()) {
      const characters = [...wanted].filter((one) => isWithin(one.codePointAt(0) ?? 0, ranges));
      if (characters.length === 0) continue;
      const bytes = await subsetFont(await readFile(file), characters.sort().join(''), {
        targetFormat: 'truetype',
        variationAxes: { wght: WEIGHTS[weight] },
      });
      const name = `${weight}-${index}`;
      const found = listCharacters(bytes);
      if (found.size > 0) embedded.push({ name, bytes });
      for (const character of characters.filter((one) => found.has(one))) {
        fontOf[weight].set(character, name);
        wanted.delete(character);
      }
    }
  }
  return {
    embedded,
    split(text, weight) {
      const runs: Run[] = [];
      for (const wanted of text) {
        const character = fontOf[weight].has(wanted) ? wanted : MISSING;
        const font = fontOf[weight].get(character) ?? '';
        const last = runs.at(-1);
        if (last?.font === font) last.text += character;
        else runs.push({ font, text: character });
      }
      return runs;
    },
  };
}

function isWithin(code: number, ranges: Slice['ranges']): boolean {
  return ranges.some(([first, last]) => first <= code && code <= last);
}

/** What a font has: a slice may lack characters of its own ranges. */
function listCharacters(bytes: Buffer): Set<string> {
  try {
    const font = create(bytes);
    return new Set('characterSet' in font ? font.characterSet.map((code) => String.fromCodePoint(code)) : []);
  } catch {
    // Without any character there is no table of them, which is an error to the reader.
    return new Set();
  }
}
