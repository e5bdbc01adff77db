import { useTranslation } from 'react-i18next';
import type { Meter, PlanKind } from '../../domain/plans/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { SubmitButton } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';

const METERS: readonly Meter[] = [
  ...(['call', 'input_token', 'cached_input_token', 'cache_write_token', 'output_token'] as const),
  ...(['reasoning_token', 'request_byte', 'response_byte', 'millisecond'] as const),
];
/** Longer lists of models are kept as they are: the import changes them. */
const MAX_ROWS_SHOWN = 60;
const MAIN_TOKENS = 2;
const ROWS_ADDED = 3;

export interface PriceEditorProps {
  kind: PlanKind;
  serviceKind: 'http' | 'llm';
  /** Meters that have a row of their own. */
  fixed: readonly Meter[];
  /** What stands in the fields, by name. */
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
}

/** Rows of a group that have values, in order. */
function rowsOf(values: Record<string, string>, group: string): number[] {
  const found = new Set<number>();
  for (const name of Object.keys(values)) {
    const [head, index] = name.split('.');
    if (head === group && index !== undefined && /^\d+$/.test(index)) found.add(Number(index));
  }
  return [...found].sort((a, b) => a - b);
}

/** The parts of a price that matter for its preset; the others wait behind a line of text. */
export function PriceEditor({ kind, serviceKind, fixed, values, issues }: PriceEditorProps) {
  const { t } = useTranslation(['pricing', 'common']);
  const meters = serviceKind === 'llm' ? METERS : METERS.filter((meter) => !meter.endsWith('_token'));
  const priceRows = rowsOf(values, 'prices');
  const used = priceRows.filter((index) => index >= fixed.length && values[`prices.${index}.price`]);
  const usual = kind === 'tiered' ? 4 : kind === 'custom' ? 3 : 2;
  const asked = Number.parseInt(values['blanks'] ?? '', 10) || usual;
  const blanks = Math.min(MAX_ROWS_SHOWN, asked + (values['intent'] === 'rows' ? ROWS_ADDED : 0));
  const firstBlank = Math.max(fixed.length, ...used.map((index) => index + 1));
  const shown = used.slice(0, MAX_ROWS_SHOWN);
  const kept = used.slice(MAX_ROWS_SHOWN);
  const free = Array.from({ length: blanks }, (_none, index) => firstBlank + index);
  const quotaRows = rowsOf(values, 'quotas').filter((index) => values[`quotas.${index}.included`]);
  const quotaBlank = Math.max(0, ...quotaRows.map((index) => index + 1));
  const quotas = [...quotaRows, ...(quotaRows.length < meters.length ? [quotaBlank] : [])];
  const hasFee = kind === 'flat' || kind === 'tiered' || kind === 'custom';
  const showsRows = kind === 'freemium' || kind === 'tiered' || kind === 'custom';
  const isAtFault = (group: string) => issues?.some(({ field }) => field.startsWith(group)) ?? false;
  // Models and sizes of prompts matter where prices are made of tokens.
  const hasModels = serviceKind === 'llm' && (kind === 'custom' || kind === 'per_token');
  const row = { meters, values, issues, hasModels };

  const moreRows = (
    <div className="grid gap-4">
      <p className="text-muted text-sm">{t('editor.rowsHint')}</p>
      {[...shown, ...free].map((index) => (
        <PriceRow key={index} index={index} {...row} />
      ))}
      {kept.length > 0 && <p className="text-muted text-sm">{t('editor.kept', { count: kept.length })}</p>}
      {kept.map((index) => (
        <KeptRow key={index} prefix={`prices.${index}`} values={values} />
      ))}
      <SelectField
        name="tierMode"
        label={t('editor.tierMode')}
        hint={t('editor.tierModeHint')}
        defaultValue={values['tierMode'] ?? 'graduated'}
        issues={issues}
        options={(['graduated', 'volume'] as const).map((mode) => ({
          value: mode,
          label: t(`tierMode.${mode}`),
        }))}
      />
      <input type="hidden" name="blanks" value={blanks} />
      <div>
        <SubmitButton intent="rows" variant="secondary" size="sm" formNoValidate>
          {t('editor.addRows')}
        </SubmitButton>
      </div>
    </div>
  );
  const quotaFields = (
    <div className="grid gap-4">
      <p className="text-muted text-sm">{t('editor.quotasHint')}</p>
      {quotas.map((index) => (
        <QuotaRow key={index} index={index} {...row} />
      ))}
    </div>
  );
  const feeFields = <FeeFields values={values} issues={issues} required={kind === 'flat'} />;

  return (
    <div className="grid gap-5">
      <input type="hidden" name="kind" value={kind} />
      {hasFee && feeFields}
      {fixed.slice(0, MAIN_TOKENS).length > 0 && (
        <div className="grid gap-4 sm:grid-cols-2">
          {fixed.slice(0, MAIN_TOKENS).map((meter, index) => (
            <FixedRow key={meter} meter={meter} index={index} required {...row} />
          ))}
        </div>
      )}
      {fixed.length > MAIN_TOKENS && (
        <More
          title={t('editor.otherTokens')}
          isOpen={fixed.some(
            (_meter, index) => index >= MAIN_TOKENS && Boolean(values[`prices.${index}.price`]),
          )}
        >
          <p className="text-muted mb-3 text-sm">{t('editor.otherTokensHint')}</p>
          <div className="grid gap-4 sm:grid-cols-3">
            {fixed.map((meter, index) =>
              index < MAIN_TOKENS ? null : <FixedRow key={meter} meter={meter} index={index} {...row} />,
            )}
          </div>
        </More>
      )}
      {kind === 'freemium' && quotaFields}
      {showsRows && moreRows}
      {!showsRows && kind !== 'free' && kind !== 'flat' && (
        <More title={t('editor.more')} isOpen={used.length > 0 || isAtFault('prices')}>
          {moreRows}
        </More>
      )}
      {kind !== 'freemium' && (
        <More title={t('editor.quotas')} isOpen={quotaRows.length > 0 || isAtFault('quotas')}>
          {quotaFields}
        </More>
      )}
      {!hasFee && kind !== 'free' && (
        <More title={t('editor.fee')} isOpen={Boolean(values['fee']) || isAtFault('fee')}>
          {feeFields}
        </More>
      )}
    </div>
  );
}

function More({ title, isOpen, children }: { title: string; isOpen: boolean; children: React.ReactNode }) {
  return (
    <details open={isOpen || undefined}>
      <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
        {title}
      </summary>
      <div className="pt-2">{children}</div>
    </details>
  );
}

interface FieldGroupProps {
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
}

function FeeFields({ values, issues, required }: FieldGroupProps & { required: boolean }) {
  const { t } = useTranslation('pricing');
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <TextField
        name="fee"
        label={t('editor.feeAmount')}
        hint={t('editor.feeHint')}
        prefix="$"
        inputMode="decimal"
        autoComplete="off"
        maxLength={24}
        required={required}
        defaultValue={values['fee']}
        issues={issues}
      />
      <SelectField
        name="interval"
        label={t('editor.interval')}
        defaultValue={values['interval'] ?? 'month'}
        issues={issues}
        options={(['month', 'year'] as const).map((interval) => ({
          value: interval,
          label: t(`interval.${interval}`),
        }))}
      />
      <TextField
        name="trialDays"
        label={t('editor.trialDays')}
        hint={t('editor.trialHint')}
        inputMode="numeric"
        autoComplete="off"
        defaultValue={values['trialDays']}
        issues={issues}
      />
    </div>
  );
}

interface RowProps extends FieldGroupProps {
  index: number;
  meters: readonly Meter[];
  hasModels: boolean;
}

function FixedRow({
  index,
  meter,
  values,
  issues,
  required = false,
}: RowProps & { meter: Meter; required?: boolean }) {
  const { t } = useTranslation('pricing');
  return (
    <div className="min-w-0">
      <input type="hidden" name={`prices.${index}.meter`} value={meter} />
      <TextField
        name={`prices.${index}.price`}
        label={t(`priceOf.${meter}`)}
        prefix="$"
        inputMode="decimal"
        autoComplete="off"
        maxLength={24}
        required={required}
        defaultValue={values[`prices.${index}.price`]}
        issues={meterIssues(issues, index)}
      />
    </div>
  );
}

/** Where the meter cannot be changed, what is wrong with it is said at the price. */
function meterIssues(issues: FieldIssue[] | undefined, index: number): FieldIssue[] | undefined {
  return issues?.map((issue) =>
    issue.field === `prices.${index}.meter` ? { ...issue, field: `prices.${index}.price` } : issue,
  );
}

function PriceRow({ index, meters, values, issues, hasModels }: RowProps) {
  const { t } = useTranslation('pricing');
  const typed = (name: string) => Boolean(values[`prices.${index}.${name}`]);
  const field = (name: string) => ({
    name: `prices.${index}.${name}`,
    defaultValue: values[`prices.${index}.${name}`],
    issues,
    quiet: true,
    autoComplete: 'off',
  });
  return (
    <fieldset className="border-line grid min-w-0 gap-3 border-t pt-4 sm:grid-cols-2 lg:grid-cols-3">
      <legend className="sr-only">{t('editor.row', { number: index + 1 })}</legend>
      <SelectField
        name={`prices.${index}.meter`}
        label={t('editor.meter')}
        defaultValue={values[`prices.${index}.meter`] ?? meters[0]}
        issues={issues}
        options={meters.map((meter) => ({ value: meter, label: t(`priceOf.${meter}`) }))}
      />
      <TextField
        {...field('price')}
        label={t('editor.price')}
        prefix="$"
        inputMode="decimal"
        maxLength={24}
      />
      <TextField {...field('fromUnits')} label={t('editor.fromUnits')} inputMode="numeric" maxLength={16} />
      {(hasModels || typed('model')) && (
        <TextField {...field('model')} label={t('editor.model')} maxLength={128} spellCheck={false} />
      )}
      {(hasModels || typed('fromContext')) && (
        <TextField
          {...field('fromContext')}
          label={t('editor.fromContext')}
          inputMode="numeric"
          maxLength={9}
        />
      )}
    </fieldset>
  );
}

function KeptRow({ prefix, values }: { prefix: string; values: Record<string, string> }) {
  return Object.entries(values)
    .filter(([name]) => name.startsWith(`${prefix}.`))
    .map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />);
}

function QuotaRow({ index, meters, values, issues }: RowProps) {
  const { t } = useTranslation(['pricing', 'common']);
  return (
    <fieldset className="grid min-w-0 gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,0.8fr)_minmax(0,1.4fr)]">
      <legend className="sr-only">{t('editor.quota', { number: index + 1 })}</legend>
      <SelectField
        name={`quotas.${index}.meter`}
        label={t('editor.meter')}
        defaultValue={values[`quotas.${index}.meter`] ?? meters[0]}
        issues={issues}
        options={meters.map((meter) => ({ value: meter, label: t(`common:meter.${meter}`) }))}
      />
      <TextField
        name={`quotas.${index}.included`}
        label={t('editor.included')}
        quiet
        inputMode="numeric"
        autoComplete="off"
        maxLength={16}
        defaultValue={values[`quotas.${index}.included`]}
        issues={issues}
      />
      <SelectField
        name={`quotas.${index}.overage`}
        label={t('editor.overage')}
        defaultValue={values[`quotas.${index}.overage`] ?? 'hard_stop'}
        issues={issues}
        options={(['hard_stop', 'priced'] as const).map((overage) => ({
          value: overage,
          label: t(`overage.${overage}`),
        }))}
      />
    </fieldset>
  );
}
