import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';

/** The look of a link that chooses what a list shows. */
export const filterLinkStyles =
  'border-line bg-surface text-ink hover:bg-sunken aria-[current]:border-accent aria-[current]:bg-accent aria-[current]:text-on-accent inline-flex min-h-11 shrink-0 items-center gap-2 rounded-full border px-4 text-sm font-medium whitespace-nowrap sm:min-h-9';

export interface FilterLink {
  key: string;
  to: string;
  label: ReactNode;
  isChosen: boolean;
}

/** A row of links of which one is chosen. */
export function FilterLinks({ label, items }: { label: string; items: readonly FilterLink[] }) {
  return (
    <nav aria-label={label}>
      <ul className="flex flex-wrap gap-2">
        {items.map(({ key, to, label: text, isChosen }) => (
          <li key={key}>
            <Link
              to={to}
              preventScrollReset
              aria-current={isChosen ? 'true' : undefined}
              className={filterLinkStyles}
            >
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
