import { useTranslation } from 'react-i18next';
import type { FieldIssue } from '../../lib/app-error.ts';
import { SelectField } from '../ui/field.tsx';

export interface StateFieldProps {
  hint?: string;
  value: string | undefined;
  issues: FieldIssue[] | undefined;
}

/** Switches something on or off without taking it away. */
export function StateField({ hint, value, issues }: StateFieldProps) {
  const { t } = useTranslation('seller');
  return (
    <SelectField
      name="status"
      label={t('services.status')}
      hint={hint}
      defaultValue={value ?? 'active'}
      issues={issues}
      options={[
        { value: 'active', label: t('state.active') },
        { value: 'disabled', label: t('state.disabled') },
      ]}
    />
  );
}
