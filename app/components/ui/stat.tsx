import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import { cn } from './cn.ts';

export interface StatProps {
  label: ReactNode;
  value: ReactNode;
  hint?: ReactNode;
  /** Where the number comes from. */
  to?: string;
}

const BOX = 'border-line bg-surface shadow-card block min-w-0 rounded-lg border p-4 sm:p-5';

/** One number worth a look. */
export function Stat({ label, value, hint, to }: StatProps) {
  const content = (
    <>
      <span className="text-muted block text-sm">{label}</span>
      <span className="tnum mt-1 block text-xl leading-tight font-semibold tracking-tight wrap-anywhere sm:text-2xl">
        {value}
      </span>
      {hint && <span className="text-muted mt-1 block text-xs">{hint}</span>}
    </>
  );
  if (!to) return <div className={BOX}>{content}</div>;
  return (
    <Link to={to} className={cn(BOX, 'hover:shadow-lift transition-shadow')}>
      {content}
    </Link>
  );
}

/** Two or three in a row: exact amounts are long. */
export function StatGrid({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-1 gap-3 min-[420px]:grid-cols-2 sm:gap-4 lg:grid-cols-3">{children}</div>
  );
}
