import type { LucideIcon } from 'lucide-react';
import { isValidElement, type ReactNode } from 'react';
import { cn } from './cn.ts';

export interface EmptyStateProps {
  /** A lucide icon or an element. */
  icon?: LucideIcon | ReactNode;
  title: ReactNode;
  /** The one thing to do next. */
  action?: ReactNode;
  children?: ReactNode;
  className?: string;
}

function isIcon(icon: EmptyStateProps['icon']): icon is LucideIcon {
  return typeof icon === 'function' || (typeof icon === 'object' && icon !== null && !isValidElement(icon));
}

/** What this place is for and what to do first; never a bare "no data". */
export function EmptyState({ icon, title, action, children, className }: EmptyStateProps) {
  const Icon = isIcon(icon) ? icon : null;
  return (
    <div className={cn('self-boxed flex flex-col items-center px-6 py-12 text-center', className)}>
      {icon && (
        <span className="bg-info-soft text-info mb-4 grid size-12 place-items-center rounded-full [&_svg]:size-6">
          {Icon ? <Icon aria-hidden /> : (icon as ReactNode)}
        </span>
      )}
      <p className="text-lg font-semibold">{title}</p>
      {children && <div className="text-muted mt-1.5 max-w-md text-sm">{children}</div>}
      {action && <div className="mt-5">{action}</div>}
    </div>
  );
}
