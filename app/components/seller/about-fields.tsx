import { useTranslation } from 'react-i18next';
import { RadioCards, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { SERVICE_CATEGORIES } from '../../lib/service-options.ts';
import type { ServiceFormProps } from './service-form.tsx';

/** What buyers read about a service. */
export function AboutFields({
  values,
  issues,
  slugIsFixed,
  isNew,
}: Pick<ServiceFormProps, 'values' | 'issues' | 'slugIsFixed' | 'isNew'>) {
  const { t } = useTranslation('seller');
  return (
    <div className="grid gap-5">
      <TextField
        name="name"
        label={t('service.name')}
        required
        minLength={2}
        maxLength={80}
        defaultValue={values['name']}
        issues={issues}
      />
      <TextField
        name="slug"
        label={t('service.slug')}
        hint={slugIsFixed ? t('service.slugFixed') : t('service.slugHint')}
        readOnly={slugIsFixed}
        required={!isNew}
        maxLength={60}
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={values['slug']}
        issues={issues}
      />
      {isNew && (
        <RadioCards
          name="kind"
          legend={t('service.kind')}
          required
          defaultValue={values['kind'] ?? 'http'}
          hint={t('service.kindHint')}
          issues={issues}
          options={[
            { value: 'http', label: t('kind.http'), description: t('kindHint.http') },
            { value: 'llm', label: t('kind.llm'), description: t('kindHint.llm') },
          ]}
        />
      )}
      <TextField
        name="summary"
        label={t('service.summary')}
        hint={t('service.summaryHint')}
        maxLength={160}
        defaultValue={values['summary']}
        issues={issues}
      />
      <TextAreaField
        name="description"
        label={t('service.description')}
        hint={t('service.descriptionHint')}
        rows={8}
        maxLength={20_000}
        defaultValue={values['description']}
        issues={issues}
      />
      <SelectField
        name="category"
        label={t('service.category')}
        defaultValue={values['category'] ?? 'other'}
        issues={issues}
        options={SERVICE_CATEGORIES.map((category) => ({
          value: category,
          label: t(`category.${category}`),
        }))}
      />
    </div>
  );
}
