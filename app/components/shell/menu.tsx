import { useLocation } from '@remix-run/react';
import { useEffect, useRef, type ReactNode } from 'react';
import { cn } from '../ui/cn.ts';

export interface MenuProps {
  /** Read out instead of the trigger. */
  label: string;
  trigger: ReactNode;
  triggerClassName?: string;
  children: ReactNode;
  className?: string;
}

/** A panel that unfolds below its button. It is a `<details>`, so it opens without scripts too. */
export function Menu({ label, trigger, triggerClassName, children, className }: MenuProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const location = useLocation();

  useEffect(() => {
    if (details.current) details.current.open = false;
  }, [location.key]);

  useEffect(() => {
    const element = details.current;
    if (!element) return;
    const closeOutside = (event: PointerEvent) => {
      if (!element.contains(event.target as Node)) element.open = false;
    };
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !element.open) return;
      element.open = false;
      element.querySelector('summary')?.focus();
    };
    document.addEventListener('pointerdown', closeOutside);
    element.addEventListener('keydown', closeOnEscape);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      element.removeEventListener('keydown', closeOnEscape);
    };
  }, []);

  return (
    <details ref={details} className="relative">
      <summary
        aria-label={label}
        className={cn('hit inline-flex items-center justify-center', triggerClassName)}
      >
        {trigger}
      </summary>
      <div
        className={cn(
          'border-line bg-raised shadow-float absolute end-0 top-full z-40 mt-2 max-h-[calc(100dvh-5rem)] w-72 max-w-[calc(100vw-2rem)] overflow-y-auto rounded-lg border p-2',
          className,
        )}
      >
        {children}
      </div>
    </details>
  );
}
