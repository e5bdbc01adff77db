import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, type ButtonSize, type ButtonVariant } from './button.tsx';
import { cn } from './cn.ts';
import { useHydrated } from './use-hydrated.ts';

const CONFIRM_MS = 2_000;

export interface CopyButtonProps {
  value: string;
  label?: string;
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Only the icon is seen; the label is still read out. */
  iconOnly?: boolean;
  className?: string;
}

/** Copies a text. Without scripts it is not there: the text beside it can still be selected. */
export function CopyButton(props: CopyButtonProps) {
  const { value, label, variant = 'secondary', size = 'sm', iconOnly, className } = props;
  const { t } = useTranslation('common');
  const hydrated = useHydrated();
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRM_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // Clipboards need https or permission: the person then selects the text.
      setCopied(false);
    }
  }

  const text = copied ? t('copy.done') : (label ?? t('copy.label'));
  const Icon = copied ? Check : Copy;
  return (
    <Button
      variant={variant}
      size={size}
      onClick={() => void copy()}
      aria-label={iconOnly ? text : undefined}
      className={cn(!hydrated && 'invisible', iconOnly && 'hit px-0', className)}
    >
      <Icon aria-hidden />
      {!iconOnly && text}
      <span role="status" className="sr-only">
        {copied ? t('copy.done') : ''}
      </span>
    </Button>
  );
}
