import { NavLink, useLocation } from '@remix-run/react';
import { useEffect, useRef, type ReactNode } from 'react';

export interface TabLink {
  to: string;
  label: ReactNode;
  /** Current only on exactly this path. */
  end?: boolean;
}

/** Tabs that are pages: each has its address, and works without scripts. */
export function TabLinks({ label, items }: { label: string; items: readonly TabLink[] }) {
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a narrow screen the current tab may stand outside of what is seen.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>('[aria-current=page]');
    if (nav.current && current)
      nav.current.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - nav.current.clientWidth / 2;
  }, [pathname]);
  return (
    <nav ref={nav} aria-label={label} className="border-line relative overflow-x-auto border-b">
      <ul className="flex gap-1">
        {items.map((item) => (
          <li key={item.to}>
            <NavLink
              to={item.to}
              {...(item.end !== undefined && { end: item.end })}
              className="text-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink flex min-h-11 items-center border-b-2 border-transparent px-3 text-sm font-medium whitespace-nowrap focus-visible:-outline-offset-3"
            >
              {item.label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
