import { Form, Link, useLocation } from '@remix-run/react';
import { Check, LogOut, Menu as MenuIcon, Settings, Store } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Viewer } from '../viewer.tsx';
import { areasOf } from './area-nav.ts';
import { Menu } from './menu.tsx';

const ITEM =
  'flex min-h-11 w-full items-center gap-3 rounded-md px-3 text-start text-sm hover:bg-neutral-soft [&_svg]:size-4.5 [&_svg]:shrink-0 [&_svg]:text-muted';

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? '')][0] ?? '';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}

function Group({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="border-line border-t py-1.5 first:border-t-0" role="group" aria-label={label}>
      {children}
    </div>
  );
}

/** Areas of a phone's header; on wide screens they stand in the header itself. */
function AreaLinks({ viewer }: { viewer: Viewer | null }) {
  const { t } = useTranslation('common');
  return (
    <ul>
      {areasOf(viewer).map((link) => (
        <li key={link.to}>
          <Link to={link.to} className={ITEM}>
            {t(link.label)}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Organizations({ viewer }: { viewer: Viewer }) {
  const { t } = useTranslation('common');
  const { pathname } = useLocation();
  return (
    <Group label={t('menu.organizations')}>
      <p className="text-muted px-3 pt-1 text-xs font-medium">{t('menu.organizations')}</p>
      <Form method="post" action="/resources/organization">
        <input type="hidden" name="redirectTo" value={pathname} />
        {viewer.organizations.map((organization) => (
          <button
            key={organization.id}
            type="submit"
            name="organizationId"
            value={organization.id}
            aria-current={organization.id === viewer.organization.id || undefined}
            className={ITEM}
          >
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{organization.name}</span>
              <span className="text-muted block text-xs">{t(`role.${organization.role}`)}</span>
            </span>
            {organization.id === viewer.organization.id && <Check aria-hidden />}
          </button>
        ))}
      </Form>
    </Group>
  );
}

export function UserMenu({ viewer }: { viewer: Viewer }) {
  const { t } = useTranslation('common');
  return (
    <Menu
      label={t('menu.open', { name: viewer.user.displayName })}
      trigger={
        <span
          aria-hidden
          className="bg-info-soft text-info grid size-9 place-items-center rounded-full text-sm font-semibold"
        >
          {initialsOf(viewer.user.displayName)}
        </span>
      }
    >
      <div className="px-3 pt-2 pb-3">
        <p className="truncate font-semibold">{viewer.user.displayName}</p>
        <p className="text-muted truncate text-sm">
          {viewer.organization.name} · {t(`role.${viewer.role}`)}
        </p>
      </div>
      <div className="md:hidden">
        <Group label={t('menu.areas')}>
          <AreaLinks viewer={viewer} />
        </Group>
      </div>
      {viewer.organizations.length > 1 && <Organizations viewer={viewer} />}
      <Group label={t('menu.account')}>
        <Link to="/account" className={ITEM}>
          <Settings aria-hidden />
          {t('menu.account')}
        </Link>
        {!viewer.organization.isSeller && (
          <Link to="/account?enable=selling" className={ITEM}>
            <Store aria-hidden />
            {t('menu.startSelling')}
          </Link>
        )}
        <Form method="post" action="/logout">
          <button type="submit" className={ITEM}>
            <LogOut aria-hidden />
            {t('menu.logOut')}
          </button>
        </Form>
      </Group>
    </Menu>
  );
}

/** What a phone shows to people who are not logged in. */
export function VisitorMenu() {
  const { t } = useTranslation('common');
  return (
    <Menu label={t('menu.label')} trigger={<MenuIcon aria-hidden className="size-6" />}>
      <AreaLinks viewer={null} />
      <Link to="/login" className={ITEM}>
        {t('menu.logIn')}
      </Link>
      <Link to="/register" className={ITEM}>
        {t('menu.register')}
      </Link>
    </Menu>
  );
}
