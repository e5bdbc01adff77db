import { useTranslation } from 'react-i18next';
import type { FieldIssue } from '../../lib/app-error.ts';
import { SelectField, TextField } from '../ui/field.tsx';

export interface PlanAboutFieldsProps {
  values: Record<string, string>;
  issues: FieldIssue[] | undefined;
}

/** What a plan is called, who it is for, and who may see it. */
export function PlanAboutFields({ values, issues }: PlanAboutFieldsProps) {
  const { t } = useTranslation('pricing');
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        name="name"
        label={t('about.name')}
        hint={t('about.nameHint')}
        required
        maxLength={60}
        defaultValue={values['name']}
        issues={issues}
      />
      <SelectField
        name="visibility"
        label={t('about.visibility')}
        hint={t('about.visibilityHint')}
        defaultValue={values['visibility'] ?? 'public'}
        issues={issues}
        options={(['public', 'private'] as const).map((visibility) => ({
          value: visibility,
          label: t(`visibility.${visibility}`),
        }))}
      />
      <TextField
        name="description"
        label={t('about.description')}
        hint={t('about.descriptionHint')}
        maxLength={500}
        className="sm:col-span-2"
        defaultValue={values['description']}
        issues={issues}
      />
    </div>
  );
}
