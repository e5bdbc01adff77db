/** Price lists of models as others publish them, read digit by digit: no float comes near a price. */
import { parse as parseCsv } from 'csv-parse/sync';
import { AppError } from '../../lib/app-error.ts';
import { toDecimal, type Nanos } from '../../lib/money.ts';

/** Price of a million units, a million calls for `call`; null: not stated. */
export interface ListedModel {
  model: string;
  input_token: Nanos;
  output_token: Nanos;
  cached_input_token: Nanos | null;
  cache_write_token: Nanos | null;
  reasoning_token: Nanos | null;
}

export type ListedMeter = Exclude<keyof ListedModel, 'model'>;
export const LISTED_METERS: readonly ListedMeter[] = [
  ...(['input_token', 'cached_input_token', 'cache_write_token', 'output_token', 'reasoning_token'] as const),
];

export interface PriceList {
  format: 'litellm' | 'openrouter' | 'csv';
  models: ListedModel[];
  /** What is in the list and was left out, and why. */
  skipped: { model: string; reason: SkipReason }[];
}

export type SkipReason =
  'no_price' | 'not_a_number' | 'negative' | 'too_fine' | 'too_big' | 'bad_name' | 'twice' | 'not_tokens';

const MAX_CHARS = 4_000_000;
const MAX_MODELS = 10_000;
const MODEL_ID = /^[\w./:@+-]{1,128}$/;
/** $100,000 for a million tokens. */
const MAX_PRICE: Nanos = 100_000n * 1_000_000_000n;

/** A JSON number as it was written. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Reads a LiteLLM price map, an OpenRouter list of models, or CSV with a heading
 * (`model,input,cached_input,cache_write,output,reasoning`, per million tokens).
 * @throws AppError `invalid_request` when it is none of these.
 */
export function readPriceList(text: string): PriceList {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed.length === 0) throw refusal('required');
  if (trimmed.length > MAX_CHARS) throw refusal('too_long', { max: MAX_CHARS });
  const list = /^[{[]/.test(trimmed) ? readJson(trimmed) : readCsv(trimmed);
  if (list.models.length + list.skipped.length === 0) throw refusal('invalid');
  return list;
}

function refusal(reason: string, params?: Record<string, number>): AppError {
  return new AppError('invalid_request', 'This is no list of prices that can be read here.', {
    issues: [{ field: 'list', reason, ...(params && { params }) }],
  });
}

function readJson(text: string): PriceList {
  let root: unknown;
  try {
    root = parseExactly(text);
  } catch {
    throw refusal('invalid');
  }
  if (!isRecord(root)) throw refusal('invalid');
  const data = root['data'];
  if (Array.isArray(data)) {
    const entries = data.filter(isRecord).map((one) => [textOf(one['id']), one['pricing']] as const);
    return collect('openrouter', entries, fromOpenRouter);
  }
  const entries = Object.entries(root).filter(([name]) => name !== 'sample_spec');
  return collect('litellm', entries, fromLiteLlm);
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** JSON whose numbers keep the digits they were written with. */
function parseExactly(text: string): unknown {
  const keepDigits: Reviver = (_key, value, context) =>
    typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value;
  return JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1]);
}

type Prices = Partial<Record<ListedMeter, unknown>>;

function collect(
  format: PriceList['format'],
  entries: readonly (readonly [string, unknown])[],
  pricesOf: (entry: unknown) => Prices | SkipReason,
): PriceList {
  const list: PriceList = { format, models: [], skipped: [] };
  const seen = new Set<string>();
  for (const [name, entry] of entries.slice(0, MAX_MODELS)) {
    const model = name.trim();
    const read = !MODEL_ID.test(model) ? 'bad_name' : seen.has(model) ? 'twice' : pricesOf(entry);
    const listed = typeof read === 'string' ? read : toListed(model, read, format === 'csv' ? 9 : 15);
    seen.add(model);
    if (typeof listed === 'string') list.skipped.push({ model: model.slice(0, 128), reason: listed });
    else list.models.push(listed);
  }
  return list;
}

function toListed(model: string, prices: Prices, digits: number): ListedModel | SkipReason {
  const read: Partial<Record<ListedMeter, Nanos | null>> = {};
  for (const meter of LISTED_METERS) {
    const price = exactly(prices[meter], digits);
    if (typeof price === 'string') return price;
    read[meter] = price;
  }
  const { input_token: input, output_token: output } = read;
  if (input === null || input === undefined || output === null || output === undefined) return 'no_price';
  if (input + output === 0n) return 'no_price';
  // Some lists write 0 where nothing is charged apart; then these tokens cost what plain ones do.
  const orNull = (meter: ListedMeter): Nanos | null => read[meter] || null;
  return {
    ...{ model, input_token: input, output_token: output },
    cached_input_token: orNull('cached_input_token'),
    cache_write_token: orNull('cache_write_token'),
    reasoning_token: orNull('reasoning_token'),
  };
}

/** `1.5e-07` times ten to the `digits`, exactly; null: nothing is there. */
function exactly(value: unknown, digits: number): Nanos | null | SkipReason {
  if (value === undefined || value === null || value === '') return null;
  const text = textOf(value).trim();
  const match = /^([+-]?)(\d{1,30})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (!match) return 'not_a_number';
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const all = BigInt(whole + fraction);
  if (all === 0n) return 0n;
  if (sign === '-') return 'negative';
  const shift = digits + Number.parseInt(exponent, 10) - fraction.length;
  if (shift > 60) return 'too_big';
  if (shift >= 0) return capped(all * 10n ** BigInt(shift));
  const divisor = 10n ** BigInt(-shift);
  return all % divisor === 0n ? capped(all / divisor) : 'too_fine';
}

const capped = (nanos: Nanos): Nanos | SkipReason => (nanos > MAX_PRICE ? 'too_big' : nanos);

function fromLiteLlm(entry: unknown): Prices | SkipReason {
  if (!isRecord(entry)) return 'no_price';
  const mode = entry['mode'];
  if (typeof mode === 'string' && !['chat', 'completion', 'responses'].includes(mode)) return 'not_tokens';
  return {
    input_token: entry['input_cost_per_token'],
    output_token: entry['output_cost_per_token'],
    cached_input_token: entry['cache_read_input_token_cost'],
    cache_write_token: entry['cache_creation_input_token_cost'],
    reasoning_token: entry['output_cost_per_reasoning_token'],
  };
}

function fromOpenRouter(entry: unknown): Prices | SkipReason {
  if (!isRecord(entry)) return 'no_price';
  return {
    input_token: entry['prompt'],
    output_token: entry['completion'],
    cached_input_token: entry['input_cache_read'],
    cache_write_token: entry['input_cache_write'],
    reasoning_token: entry['internal_reasoning'],
  };
}

const CSV_COLUMNS: Record<string, ListedMeter> = {
  input: 'input_token',
  cached_input: 'cached_input_token',
  cache_write: 'cache_write_token',
  output: 'output_token',
  reasoning: 'reasoning_token',
};

function readCsv(text: string): PriceList {
  let rows: string[][];
  try {
    rows = parseCsv(text, { relax_column_count: true, skip_empty_lines: true, trim: true });
  } catch {
    throw refusal('invalid');
  }
  const [heading = [], ...lines] = rows;
  const columns = heading.map((name) => name.toLowerCase());
  const modelColumn = columns.indexOf('model');
  if (modelColumn === -1) throw refusal('invalid');
  const entries = lines.map((line) => {
    const prices = columns.flatMap((name, index) => {
      const meter = CSV_COLUMNS[name];
      return meter ? [[meter, line[index]] as const] : [];
    });
    return [line[modelColumn] ?? '', Object.fromEntries(prices)] as const;
  });
  return collect('csv', entries, (entry) => entry as Prices);
}

/** One model as a line of the CSV that `readPriceList` reads. */
export function toPriceLine(listed: ListedModel): string {
  const price = (meter: ListedMeter) => {
    const nanos = listed[meter];
    return nanos === null ? '' : toDecimal(nanos, 0);
  };
  return [listed.model, ...LISTED_METERS.map(price)].join(',');
}

export const PRICE_LINE_HEADING = 'model,input,cached_input,cache_write,output,reasoning';

/** The price with so many hundredths of a percent on top, rounded up to a nano for a million tokens. */
export function markUp(nanos: Nanos, basisPoints: number): Nanos {
  return (nanos * BigInt(10_000 + basisPoints) + 9_999n) / 10_000n;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
  );
}

function textOf(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  return typeof value === 'string' ? value : '';
}
