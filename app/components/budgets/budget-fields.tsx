import { useTranslation } from 'react-i18next';
import type { FieldIssue } from '../../lib/app-error.ts';
import { BUDGET_ENFORCEMENTS } from '../../lib/budget-options.ts';
import { CheckboxField, RadioCards, TextField } from '../ui/field.tsx';
import { useViewerPreferences } from '../viewer-preferences.tsx';

const OFFERED = [50, 80, 90, 100];

export interface BudgetFieldsProps {
  amount: string | undefined;
  enforcement: string;
  thresholds: readonly number[];
  issues: FieldIssue[] | undefined;
}

/** What can be changed of a budget. */
export function BudgetFields({ amount, enforcement, thresholds, issues }: BudgetFieldsProps) {
  const { t } = useTranslation('budgets');
  const { currency } = useViewerPreferences();
  // Thresholds that were set through the API stay in the choice.
  const offered = [...new Set([...OFFERED, ...thresholds])].sort((a, b) => a - b);
  return (
    <>
      <TextField
        name="amount"
        label={t('form.amount')}
        required
        inputMode="decimal"
        autoComplete="off"
        maxLength={20}
        suffix={currency}
        defaultValue={amount}
        issues={issues}
      />
      <RadioCards
        name="enforcement"
        legend={t('form.enforcement')}
        defaultValue={enforcement}
        options={BUDGET_ENFORCEMENTS.map((value) => ({
          value,
          label: t(`enforcement.${value}`),
          description: t(`enforcement.${value}Text`),
        }))}
        issues={issues}
      />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{t('form.thresholds')}</legend>
        <div className="flex flex-wrap gap-x-6">
          {offered.map((percent) => (
            <CheckboxField
              key={percent}
              name="thresholds[]"
              value={String(percent)}
              label={t('card.percentOnly', { percent })}
              defaultChecked={thresholds.includes(percent)}
            />
          ))}
        </div>
      </fieldset>
    </>
  );
}
