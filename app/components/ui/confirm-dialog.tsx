import { Form, useNavigation } from '@remix-run/react';
import { Dialog } from 'radix-ui';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, SubmitButton, buttonStyles, type ButtonSize, type ButtonVariant } from './button.tsx';
import { cn } from './cn.ts';
import { useHydrated } from './use-hydrated.ts';

export interface ConfirmDialogProps {
  triggerLabel: ReactNode;
  title: ReactNode;
  /** What happens, in numbers where there are any. */
  description: ReactNode;
  confirmLabel: ReactNode;
  tone?: 'danger' | 'primary';
  /** Hidden fields that are sent. */
  fields?: Record<string, string>;
  /** Where the form goes; the current page when left out. */
  action?: string;
  triggerVariant?: ButtonVariant;
  triggerSize?: ButtonSize;
  /** Further controls inside the form. */
  children?: ReactNode;
}

function HiddenFields({ fields }: { fields: Record<string, string> }) {
  return (
    <>
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

/** Asks before something that cannot be taken back. Without scripts it unfolds in place. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return useHydrated() ? <ModalConfirm {...props} /> : <InlineConfirm {...props} />;
}

function InlineConfirm(props: ConfirmDialogProps) {
  const {
    triggerLabel,
    title,
    description,
    confirmLabel,
    tone = 'danger',
    fields = {},
    action,
    children,
  } = props;
  const { triggerVariant = 'secondary', triggerSize = 'sm' } = props;
  return (
    <details className="group inline-block max-w-full text-start">
      <summary className={buttonStyles({ variant: triggerVariant, size: triggerSize })}>
        {triggerLabel}
      </summary>
      <Form
        method="post"
        {...(action !== undefined && { action })}
        className="border-line bg-raised shadow-lift mt-2 grid max-w-sm gap-3 rounded-md border p-4"
      >
        <p className="font-semibold">{title}</p>
        <div className="text-muted text-sm">{description}</div>
        <HiddenFields fields={fields} />
        {children}
        <SubmitButton variant={tone} size="sm">
          {confirmLabel}
        </SubmitButton>
      </Form>
    </details>
  );
}

function ModalConfirm(props: ConfirmDialogProps) {
  const {
    triggerLabel,
    title,
    description,
    confirmLabel,
    tone = 'danger',
    fields = {},
    action,
    children,
  } = props;
  const { triggerVariant = 'secondary', triggerSize = 'sm' } = props;
  const { t } = useTranslation('common');
  const navigation = useNavigation();
  const [open, setOpen] = useState(false);
  const sent = useRef(false);

  // Closes once the answer to its own form is there.
  useEffect(() => {
    if (navigation.state !== 'idle' || !sent.current) return;
    sent.current = false;
    setOpen(false);
  }, [navigation.state]);

  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger asChild>
        <Button variant={triggerVariant} size={triggerSize}>
          {triggerLabel}
        </Button>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="bg-scrim fixed inset-0 z-50 animate-[fade_150ms_ease-out]" />
        <Dialog.Content
          className={cn(
            'bg-raised shadow-float fixed z-50 grid max-h-[85dvh] gap-4 overflow-y-auto rounded-xl p-6',
            'inset-x-4 bottom-4 animate-[appear_180ms_ease-out] sm:inset-x-0 sm:top-1/2 sm:bottom-auto sm:mx-auto sm:max-w-md sm:-translate-y-1/2 sm:animate-[fade_150ms_ease-out]',
          )}
        >
          <Dialog.Title className="text-lg leading-snug font-semibold">{title}</Dialog.Title>
          <Dialog.Description asChild>
            <div className="text-muted text-sm">{description}</div>
          </Dialog.Description>
          <Form
            method="post"
            {...(action !== undefined && { action })}
            onSubmit={() => {
              sent.current = true;
            }}
            className="grid gap-4"
          >
            <HiddenFields fields={fields} />
            {children}
            <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
              <Dialog.Close asChild>
                <Button variant="secondary">{t('form.cancel')}</Button>
              </Dialog.Close>
              <SubmitButton variant={tone}>{confirmLabel}</SubmitButton>
            </div>
          </Form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
