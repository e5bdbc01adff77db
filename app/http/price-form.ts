/** The seller's price editor: from fields of the form to a price, and back. */
import { AppError } from '../lib/app-error.ts';
import type {
  DecimalGeneralPrice,
  GeneralPriceInput,
  ImportPriceListInput,
  Meter,
  PlanKind,
} from '../domain/plans/index.ts';
import { formObject } from './parse-form.ts';

type Fields = Record<string, unknown>;
/** What stands in the fields of a form, by name. */
export type FormValues = Record<string, string>;

/** Rows that always stand there for a preset: one for each of these meters. */
export const FIXED_METERS: Partial<Record<PlanKind, readonly Meter[]>> = {
  per_call: ['call'],
  per_token: ['input_token', 'output_token', 'cached_input_token', 'cache_write_token', 'reasoning_token'],
};

export interface PriceForm {
  input: GeneralPriceInput;
  /** Name in the form of a field that the domain refused. */
  fieldOf: (field: string) => string;
}

const FORM_NAMES: Record<string, string> = { fromContextTokens: 'fromContext' };

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);

/**
 * Blank rows are no rows. A kind that costs something needs a price: nobody makes a plan free by forgetting.
 * @throws AppError `invalid_request`
 */
export function readPriceForm(form: FormData): PriceForm {
  const fields = formObject(form);
  const kind = String(fields['kind'] ?? 'custom') as PlanKind;
  const prices = listOf(fields['prices']).map((row, index) => ({ row, index }));
  const quotas = listOf(fields['quotas']).map((row, index) => ({ row, index }));
  const typedPrices = prices.filter(({ row }) => row['price'] !== undefined);
  const typedQuotas = quotas.filter(({ row }) => row['included'] !== undefined);
  const { fee, interval, trialDays, tierMode } = fields;
  const missing =
    kind === 'flat' && fee === undefined
      ? 'fee'
      : kind !== 'free' && kind !== 'flat' && typedPrices.length === 0 && fee === undefined
        ? 'prices.0.price'
        : null;
  if (missing) {
    throw new AppError('invalid_request', 'A price is missing.', {
      issues: [{ field: missing, reason: 'required' }],
    });
  }
  const input = {
    ...(kind === 'free' && { kind }),
    ...(fee !== undefined && { fee, interval }),
    ...(trialDays !== undefined && { trialDays }),
    ...(tierMode !== undefined && { tierMode }),
    quotas: typedQuotas.map(({ row }) => row),
    prices: typedPrices.map(({ row: { fromContext, ...row } }) => ({
      ...row,
      ...(fromContext !== undefined && { fromContextTokens: fromContext }),
    })),
  } as GeneralPriceInput;
  const fieldOf = (field: string): string => {
    const [group, position, ...rest] = field.split('.');
    const rows = group === 'prices' ? typedPrices : group === 'quotas' ? typedQuotas : null;
    const index = rows?.[Number(position)]?.index;
    if (index === undefined) return field;
    return [group, index, ...rest.map((name) => FORM_NAMES[name] ?? name)].join('.');
  };
  return { input, fieldOf };
}

/** What stands in the editor for a price: the fixed rows of its preset first. */
export function priceFormValues(kind: PlanKind, price: DecimalGeneralPrice): FormValues {
  const values: FormValues = {
    kind,
    tierMode: price.tierMode,
    trialDays: price.trialDays ? String(price.trialDays) : '',
  };
  if (price.fee !== undefined) Object.assign(values, { fee: price.fee, interval: price.interval ?? 'month' });
  price.quotas.forEach(({ meter, included, overage }, index) => {
    Object.assign(values, rowOf(`quotas.${index}`, { meter, included: String(included), overage }));
  });
  const rest = [...price.prices];
  const rows = (FIXED_METERS[kind] ?? []).map((meter): DecimalGeneralPrice['prices'][number] => {
    const at = rest.findIndex(
      (one) => one.meter === meter && one.model === '*' && one.fromUnits + one.fromContextTokens === 0,
    );
    const [found] = at === -1 ? [] : rest.splice(at, 1);
    return found ?? { meter, price: '', model: '*', fromUnits: 0, fromContextTokens: 0 };
  });
  [...rows, ...rest].forEach(({ meter, price: amount, model, fromUnits, fromContextTokens }, index) => {
    const more = {
      model: model === '*' ? '' : model,
      fromUnits: fromUnits ? String(fromUnits) : '',
      fromContext: fromContextTokens ? String(fromContextTokens) : '',
    };
    Object.assign(values, rowOf(`prices.${index}`, { meter, price: amount, ...more }));
  });
  return values;
}

function rowOf(prefix: string, row: FormValues): FormValues {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** When a price starts to count: the field says a time in UTC; empty is at once. */
export function readWhen(form: FormData): { effectiveFrom?: Date; replacesUpcoming?: boolean } {
  const text = String(form.get('effectiveFrom') ?? '').trim();
  const replacesUpcoming = form.get('replacesUpcoming') === 'on';
  if (text === '') return { ...(replacesUpcoming && { replacesUpcoming }) };
  const effectiveFrom = new Date(`${text}Z`);
  if (Number.isNaN(effectiveFrom.getTime())) {
    throw new AppError('invalid_request', 'This is no time.', {
      issues: [{ field: 'effectiveFrom', reason: 'invalid' }],
    });
  }
  return { effectiveFrom, ...(replacesUpcoming && { replacesUpcoming }) };
}

/** The text of a price list: a file when there is one, else what was pasted. */
export async function readListText(form: FormData): Promise<string> {
  const file = form.get('file');
  if (file instanceof Blob && file.size > 0) return file.text();
  return String(form.get('list') ?? '');
}

/** Chosen lines of a price list that was read before. */
export function readChosenPrices(form: FormData, planId: string, heading: string): ImportPriceListInput {
  const lines = form.getAll('row').map(String);
  const markupPercent = String(form.get('markupPercent') ?? '').trim();
  return {
    planId,
    list: [heading, ...lines].join('\n'),
    ...(markupPercent !== '' && { markupPercent }),
    ...readWhen(form),
  };
}
