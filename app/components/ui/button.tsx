import { Link, useLocation, useNavigation, type LinkProps } from '@remix-run/react';
import { cva, type VariantProps } from 'class-variance-authority';
import { LoaderCircle } from 'lucide-react';
import { forwardRef, useEffect, useState, type ComponentPropsWithoutRef, type MouseEvent } from 'react';
import { cn } from './cn.ts';

export const buttonStyles = cva(
  'inline-flex shrink-0 items-center justify-center gap-2 rounded-full text-center font-medium whitespace-nowrap no-underline transition-[background-color,color,box-shadow,transform] duration-150 select-none active:scale-[0.98] disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-default [&_svg]:size-[1.125em] [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        primary: 'bg-accent text-on-accent hover:bg-accent-hover',
        secondary: 'border border-line bg-surface text-ink shadow-card hover:bg-sunken',
        ghost: 'text-link hover:bg-info-soft',
        danger: 'bg-danger-solid text-white hover:bg-danger-solid-hover',
      },
      size: {
        sm: 'min-h-11 px-4 text-sm sm:min-h-9',
        md: 'min-h-11 px-5 text-base',
      },
    },
    defaultVariants: { variant: 'primary', size: 'md' },
  },
);

type ButtonStyle = VariantProps<typeof buttonStyles>;
export type ButtonVariant = NonNullable<ButtonStyle['variant']>;
export type ButtonSize = NonNullable<ButtonStyle['size']>;

export interface ButtonProps extends ComponentPropsWithoutRef<'button'> {
  variant?: ButtonVariant;
  size?: ButtonSize;
}

/**
 * A native button; `type` is `button` unless told otherwise. Hands its element on: a dialog gives the
 * focus back to the button that opened it.
 */
export const Button = forwardRef<HTMLButtonElement, ButtonProps>(function Button(
  { variant, size, type = 'button', className, ...rest },
  ref,
) {
  return (
    <button ref={ref} type={type} className={cn(buttonStyles({ variant, size }), className)} {...rest} />
  );
});

export interface ButtonLinkProps extends LinkProps {
  variant?: ButtonVariant;
  size?: ButtonSize;
}

/** A link that looks like a button: for going somewhere, not for doing something. */
export function ButtonLink({ variant, size, className, ...rest }: ButtonLinkProps) {
  return <Link className={cn(buttonStyles({ variant, size }), className)} {...rest} />;
}

export interface SubmitButtonProps extends ButtonProps {
  /** Sent as `intent`, so that one action can serve several buttons. */
  intent?: string;
  /** Shown while this button's form is on its way. */
  pendingLabel?: string;
  /** For fetcher forms: whether the fetcher is busy. */
  pending?: boolean;
}

/** Whether what the page shows is about to be replaced: a link to another view of the same page was followed. */
function useReplacing(): boolean {
  const navigation = useNavigation();
  const { pathname } = useLocation();
  return (
    navigation.state === 'loading' &&
    navigation.formData === undefined &&
    navigation.location.pathname === pathname
  );
}

/**
 * Sends its form. While the answer is awaited it spins and ignores further clicks, so that nothing is
 * sent twice. While another view of the page is on its way, clicks that would change something are
 * ignored: they would send what was shown before, an order for the plan that was chosen last but one.
 */
export function SubmitButton({
  intent,
  pendingLabel,
  pending,
  children,
  onClick,
  ...rest
}: SubmitButtonProps) {
  const navigation = useNavigation();
  const [clicked, setClicked] = useState(false);
  const isSending = navigation.state !== 'idle' && navigation.formData !== undefined;
  useEffect(() => {
    if (navigation.state === 'idle') setClicked(false);
  }, [navigation.state]);
  const isReplacing = useReplacing();
  const busy = pending ?? (clicked && isSending);

  function handleClick(event: MouseEvent<HTMLButtonElement>) {
    const isSearch = event.currentTarget.form?.method === 'get';
    if (busy || (isReplacing && !isSearch)) event.preventDefault();
    else setClicked(true);
    onClick?.(event);
  }

  return (
    <Button
      type="submit"
      {...(intent !== undefined && { name: 'intent', value: intent })}
      aria-disabled={busy || isReplacing || undefined}
      aria-busy={busy || undefined}
      onClick={handleClick}
      {...rest}
    >
      {busy && <LoaderCircle aria-hidden className="animate-spin" />}
      {busy && pendingLabel ? pendingLabel : children}
    </Button>
  );
}
