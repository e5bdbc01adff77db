import { useTranslation } from 'react-i18next';
import { TextField } from '../ui/field.tsx';

export interface KeyFieldProps {
  value: string;
  onChange: (value: string) => void;
  /** False: only a pasted key will do. */
  mayMake: boolean;
}

/** A key of one's own, for those who want to try exactly that; it has no name, so no form ever sends it. */
export function KeyField({ value, onChange, mayMake }: KeyFieldProps) {
  const { t } = useTranslation('buyer');
  return (
    <TextField
      quiet
      name=""
      type="password"
      autoComplete="off"
      spellCheck={false}
      label={t('playground.ownKey')}
      hint={t(mayMake ? 'playground.ownKeyHint' : 'playground.ownKeyNeeded')}
      required={!mayMake}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value.trim())}
    />
  );
}
