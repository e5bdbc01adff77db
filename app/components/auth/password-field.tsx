import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { TextField, type TextFieldProps } from '../ui/field.tsx';
import { useHydrated } from '../ui/use-hydrated.ts';

/** A password that can be looked at while it is typed. Pasting and password managers just work. */
export function PasswordField(props: Omit<TextFieldProps, 'type' | 'prefix' | 'suffix'>) {
  const { t } = useTranslation('auth');
  const [isShown, setShown] = useState(false);
  // Without scripts the button could do nothing, so it is not there.
  const canShow = useHydrated();
  return (
    <div className="grid gap-1">
      <TextField
        {...props}
        type={isShown ? 'text' : 'password'}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
      />
      {canShow && (
        <Button
          variant="ghost"
          size="sm"
          className="-ms-4 justify-self-start"
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          {isShown ? t('password.hide') : t('password.show')}
        </Button>
      )}
    </div>
  );
}
