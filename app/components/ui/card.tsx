import type { ComponentPropsWithoutRef, ReactNode } from 'react';
import { cn } from './cn.ts';

/** A surface that groups what belongs together. */
export function Card({ className, ...rest }: ComponentPropsWithoutRef<'div'>) {
  return (
    <div
      className={cn(
        'boxed border-line bg-surface shadow-card min-w-0 overflow-hidden rounded-lg border',
        className,
      )}
      {...rest}
    />
  );
}

export interface CardHeaderProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  className?: string;
}

/** Title of a card (h2), with room for actions at its end. */
export function CardHeader({ title, description, actions, className }: CardHeaderProps) {
  return (
    <div
      className={cn(
        'flex flex-wrap items-start justify-between gap-x-4 gap-y-3 px-5 pt-5 sm:px-6',
        className,
      )}
    >
      <div className="min-w-0">
        <h2 className="text-lg leading-snug font-semibold">{title}</h2>
        {description && <p className="text-muted mt-1 text-sm">{description}</p>}
      </div>
      {/* Buttons are taller than the title: they stand on its middle, and the header keeps its height. */}
      {actions && (
        <div className="flex min-h-6 flex-wrap items-center gap-2 [&_a]:-my-1.5 [&_button]:-my-1.5">
          {actions}
        </div>
      )}
    </div>
  );
}

export function CardBody({ className, ...rest }: ComponentPropsWithoutRef<'div'>) {
  return <div className={cn('p-5 sm:px-6', className)} {...rest} />;
}

export function CardFooter({ className, ...rest }: ComponentPropsWithoutRef<'div'>) {
  return (
    <div
      className={cn(
        'border-line bg-sunken flex flex-wrap items-center justify-end gap-3 border-t px-5 py-4 sm:px-6',
        className,
      )}
      {...rest}
    />
  );
}
