import { NavLink } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import type { NavItem } from './area-nav.ts';

/** Down the side of a wide screen. */
export function SideNavigation({ label, items }: { label: string; items: readonly NavItem[] }) {
  const { t } = useTranslation('common');
  return (
    <nav aria-label={label} className="sticky top-24 hidden w-52 shrink-0 self-start md:block print:hidden">
      <p className="text-muted px-3 pb-2 text-xs font-semibold">{label}</p>
      <ul className="grid gap-0.5">
        {items.map(({ to, label: key, icon: Icon, end }) => (
          <li key={to}>
            <NavLink
              to={to}
              end={end ?? false}
              className="text-muted hover:bg-neutral-soft hover:text-ink aria-[current=page]:bg-info-soft aria-[current=page]:text-info flex min-h-11 items-center gap-3 rounded-md px-3 text-sm font-medium"
            >
              <Icon aria-hidden className="size-4.5 shrink-0" />
              {t(key)}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Along the bottom of a phone, within reach of a thumb. */
export function BottomNavigation({ label, items }: { label: string; items: readonly NavItem[] }) {
  const { t } = useTranslation('common');
  return (
    <nav
      aria-label={label}
      className="border-line bg-bar fixed inset-x-0 bottom-0 z-30 border-t pb-[env(safe-area-inset-bottom)] backdrop-blur-xl md:hidden print:hidden"
    >
      {/* Five fit; more are reached by a swipe. */}
      <ul className="mx-auto flex max-w-lg [scrollbar-width:none] justify-around overflow-x-auto max-sm:justify-start">
        {items.map(({ to, label: key, icon: Icon, end }) => (
          <li key={to} className="min-w-[4.5rem] flex-1">
            <NavLink
              to={to}
              end={end ?? false}
              className="text-muted aria-[current=page]:text-link flex min-h-14 flex-col items-center justify-center gap-0.5 text-center text-[0.625rem] leading-[1.2] font-medium focus-visible:-outline-offset-3"
            >
              <Icon aria-hidden className="size-5.5" />
              <span className="line-clamp-2 max-w-full">{t(key)}</span>
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
