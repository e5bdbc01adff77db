import { useState, type ChangeEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlanKind } from '../../domain/plans/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { TextField } from '../ui/field.tsx';
import { PriceExample } from './price-example.tsx';

/** Decimal strings as typed, by field name. */
export type PriceValues = Partial<Record<string, string>>;

export interface PriceFieldsProps {
  kind: PlanKind;
  /** Models that may have prices of their own. */
  models: readonly string[];
  values: PriceValues;
  issues: FieldIssue[] | undefined;
  feeBasisPoints: number;
  /** Off while the fields of another kind are shown: hidden fields must not stop the form. */
  required?: boolean;
}

const MAX_MODEL_ROWS = 30;

/** The price fields of one kind of plan, with an example that follows what is typed. */
export function PriceFields(props: PriceFieldsProps) {
  const { kind, models, values, issues, feeBasisPoints, required = true } = props;
  const { t } = useTranslation('seller');
  const [typed, setTyped] = useState<PriceValues>(values);
  const field = (name: string) => ({
    name,
    issues,
    inputMode: 'decimal' as const,
    autoComplete: 'off',
    prefix: '$',
    defaultValue: values[name],
    maxLength: 24,
    onChange: (event: ChangeEvent<HTMLInputElement>) =>
      setTyped((before) => ({ ...before, [name]: event.target.value })),
  });
  if (kind === 'free') return null;
  return (
    <div className="grid gap-4">
      {kind === 'flat' && (
        <TextField
          {...field('monthlyFee')}
          required={required}
          label={t('plan.monthlyFee')}
          hint={t('plan.monthlyFeeHint')}
        />
      )}
      {kind === 'per_call' && (
        <TextField
          {...field('callPrice')}
          required={required}
          label={t('plan.callPrice')}
          hint={t('plan.callPriceHint')}
        />
      )}
      {kind === 'per_token' && (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField {...field('inputPrice')} required={required} label={t('plan.inputPrice')} />
            <TextField {...field('outputPrice')} required={required} label={t('plan.outputPrice')} />
          </div>
          {models.length > 1 && (
            <details open={models.some((_model, index) => values[`modelPrices.${index}.inputPrice`])}>
              <summary className="text-link inline-flex min-h-11 cursor-pointer items-center text-sm font-medium">
                {t('plan.modelPrices')}
              </summary>
              <p className="text-muted mb-3 text-sm">{t('plan.modelPricesHint')}</p>
              <div className="grid gap-4">
                {models.slice(0, MAX_MODEL_ROWS).map((model, index) => (
                  <fieldset key={model} className="grid gap-3 sm:grid-cols-2">
                    <legend className="mb-1 font-mono text-sm">{model}</legend>
                    <input type="hidden" name={`modelPrices.${index}.model`} value={model} />
                    <TextField {...field(`modelPrices.${index}.inputPrice`)} label={t('plan.inputPrice')} />
                    <TextField {...field(`modelPrices.${index}.outputPrice`)} label={t('plan.outputPrice')} />
                  </fieldset>
                ))}
              </div>
            </details>
          )}
        </>
      )}
      <PriceExample kind={kind} values={typed} feeBasisPoints={feeBasisPoints} />
    </div>
  );
}
