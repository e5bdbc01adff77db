import { useTranslation } from 'react-i18next';
import type { PlanWithPrice } from '../../domain/plans/index.ts';
import type { FieldIssue } from '../../lib/app-error.ts';
import { TextAreaField, TextField } from '../ui/field.tsx';

const CALLS = ['requestsPerMinute', 'requestsPerDay', 'maxConcurrency'] as const;
const TOKENS = ['tokensPerMinute', 'tokensPerDay'] as const;
/** The same in every language. */
const SAMPLE = 'large-model* 10 50000';

export const LIMIT_FIELDS: string[] = [...CALLS, ...TOKENS, 'modelLimits'];

/** A plan's ceilings as its form writes them. */
export function limitValues(plan: PlanWithPrice): Record<string, string> {
  const values = [...CALLS, ...TOKENS].map((name) => [name, plan[name]?.toString() ?? '']);
  const lines = plan.modelLimits.map(({ model, requestsPerMinute, tokensPerMinute }) =>
    [model, requestsPerMinute ?? '-', tokensPerMinute ?? '-'].join(' '),
  );
  return Object.fromEntries([...values, ['modelLimits', lines.join('\n')]]) as Record<string, string>;
}

export interface PlanLimitFieldsProps {
  serviceKind: 'http' | 'llm';
  values: Partial<Record<string, string>>;
  issues: FieldIssue[] | undefined;
}

/** Ceilings for each key on a plan; empty ones are the platform's. */
export function PlanLimitFields({ serviceKind, values, issues }: PlanLimitFieldsProps) {
  const { t } = useTranslation('seller');
  const names = serviceKind === 'llm' ? [...CALLS, ...TOKENS] : CALLS;
  return (
    <div className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        {names.map((name) => (
          <TextField
            key={name}
            name={name}
            label={t(`plan.${name}`)}
            inputMode="numeric"
            defaultValue={values[name]}
            issues={issues}
          />
        ))}
      </div>
      {serviceKind === 'llm' && (
        <TextAreaField
          name="modelLimits"
          label={t('plan.modelLimits')}
          hint={t('plan.modelLimitsHint')}
          placeholder={SAMPLE}
          rows={2}
          spellCheck={false}
          className="[&_textarea]:font-mono [&_textarea]:text-sm"
          defaultValue={values['modelLimits']}
          issues={issues}
        />
      )}
      <p className="text-muted text-sm">{t('plan.limitsHint')}</p>
    </div>
  );
}
