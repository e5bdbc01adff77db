import { NavLink, useLocation } from '@remix-run/react';
import { Ellipsis } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cn } from '../ui/cn.ts';
import type { NavGroup, NavItem } from './area-nav.ts';
import { Menu } from './menu.tsx';

export interface NavigationProps {
  label: string;
  groups: readonly NavGroup[];
}

function RowLink({ item: { to, label, icon: Icon, end } }: { item: NavItem }) {
  const { t } = useTranslation('common');
  return (
    <NavLink
      to={to}
      end={end ?? false}
      className="text-muted hover:bg-neutral-soft hover:text-ink aria-[current=page]:bg-info-soft aria-[current=page]:text-info flex min-h-11 items-center gap-3 rounded-md px-3 text-sm font-medium md:min-h-10"
    >
      <Icon aria-hidden className="size-4.5 shrink-0" />
      {t(label)}
    </NavLink>
  );
}

/** Each group below its short heading. */
function Groups({ groups, columns = false }: { groups: readonly NavGroup[]; columns?: boolean }) {
  const { t } = useTranslation('common');
  return groups.map(({ label, items }) => (
    <div key={label ?? ''} className="not-first:mt-4">
      {label && <p className="text-muted px-3 pb-1 text-xs font-semibold">{t(label)}</p>}
      <ul className={cn('grid gap-0.5', columns && 'grid-cols-2')} aria-label={label ? t(label) : undefined}>
        {items.map((item) => (
          <li key={item.to}>
            <RowLink item={item} />
          </li>
        ))}
      </ul>
    </div>
  ));
}

/** Down the side of a wide screen; scrolls by itself where the window is low. */
export function SideNavigation({ label, groups }: NavigationProps) {
  return (
    <nav
      aria-label={label}
      className="sticky top-24 -m-1 hidden max-h-[calc(100dvh-7rem)] w-54 shrink-0 [scrollbar-width:thin] self-start overflow-y-auto p-1 md:block print:hidden"
    >
      <Groups groups={groups} />
    </nav>
  );
}

const BAR_ITEM =
  'text-muted aria-[current=page]:text-link flex min-h-14 w-full flex-col items-center justify-center gap-0.5 text-center text-[0.6875rem] leading-[1.2] font-medium focus-visible:-outline-offset-3';

/** Along the bottom of a phone, within reach of a thumb: what is used most, and the rest behind "More". */
export function BottomNavigation({ label, groups }: NavigationProps) {
  const { t } = useTranslation('common');
  const { pathname } = useLocation();
  const items = groups.flatMap((group) => group.items);
  const onBar = items.filter((item) => item.onBar);
  const isBehind = !onBar.some(({ to, end }) =>
    end ? pathname === to : pathname === to || pathname.startsWith(`${to}/`),
  );
  return (
    <nav
      aria-label={label}
      className="border-line bg-surface fixed inset-x-0 bottom-0 z-30 border-t pb-[env(safe-area-inset-bottom)] md:hidden print:hidden"
    >
      <ul className="mx-auto flex max-w-lg justify-around">
        {onBar.map(({ to, label: key, icon: Icon, end }) => (
          <li key={to} className="min-w-0 flex-1">
            <NavLink to={to} end={end ?? false} className={BAR_ITEM}>
              <Icon aria-hidden className="size-5.5" />
              <span className="line-clamp-2 max-w-full">{t(key)}</span>
            </NavLink>
          </li>
        ))}
        {onBar.length < items.length && (
          <li className="min-w-0 flex-1">
            <Menu
              label={t('nav.more')}
              triggerClassName={cn(BAR_ITEM, isBehind && 'text-link')}
              trigger={
                <>
                  <Ellipsis aria-hidden className="size-5.5" />
                  <span>{t('nav.more')}</span>
                </>
              }
              className="end-2 top-auto bottom-full mb-2 max-h-[calc(100dvh-9rem)] w-[calc(100vw-1rem)] max-w-md p-3"
            >
              <Groups groups={groups} columns />
            </Menu>
          </li>
        )}
      </ul>
    </nav>
  );
}
