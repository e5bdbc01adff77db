import { Form, Link, useLocation } from '@remix-run/react';
import { Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import { useViewer } from '../viewer.tsx';
import { areasOf, type Area } from './area-nav.ts';
import { Logo } from './logo.tsx';
import { UserMenu, VisitorMenu } from './user-menu.tsx';

/** Goes to the storefront with a query; the storefront's front page has its own, bigger box. */
function SearchBox() {
  const { t } = useTranslation('common');
  return (
    <Form
      action="/"
      role="search"
      aria-label={t('search.label')}
      className="relative hidden w-full max-w-64 lg:block"
    >
      <Search
        aria-hidden
        className="text-muted pointer-events-none absolute inset-y-0 start-3.5 my-auto size-4"
      />
      <input
        type="search"
        name="q"
        aria-label={t('search.label')}
        placeholder={t('search.placeholder')}
        className="bg-neutral-soft h-11 w-full rounded-full ps-10 pe-4 text-base"
      />
    </Form>
  );
}

export function Header({ area }: { area: Area }) {
  const { t } = useTranslation('common');
  const viewer = useViewer();
  const { pathname } = useLocation();
  return (
    <header className="border-line bg-bar sticky top-0 z-30 border-b backdrop-blur-xl backdrop-saturate-150 print:hidden">
      <div className="mx-auto flex h-16 max-w-7xl items-center gap-2 px-4 sm:px-6 lg:px-8">
        <Link to="/" className="hit inline-flex items-center rounded-md" aria-label="Tollgate">
          <Logo />
        </Link>
        <nav aria-label={t('nav.areas')} className="ms-4 hidden md:block">
          <ul className="flex items-center gap-1">
            {areasOf(viewer).map((link) => (
              <li key={link.to}>
                <Link
                  to={link.to}
                  aria-current={link.area === area ? 'true' : undefined}
                  className="text-muted hover:text-ink aria-[current]:text-ink aria-[current]:bg-neutral-soft inline-flex min-h-11 items-center rounded-full px-4 text-sm font-medium whitespace-nowrap md:min-h-9"
                >
                  {t(link.label)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="ms-auto flex flex-1 items-center justify-end gap-2">
          {pathname !== '/' && <SearchBox />}
          {viewer ? (
            <UserMenu viewer={viewer} />
          ) : (
            <>
              <ButtonLink to="/login" variant="ghost" size="sm" className="hidden sm:inline-flex">
                {t('menu.logIn')}
              </ButtonLink>
              <ButtonLink to="/register" size="sm" className="hidden sm:inline-flex">
                {t('menu.register')}
              </ButtonLink>
              <div className="sm:hidden">
                <VisitorMenu />
              </div>
            </>
          )}
        </div>
      </div>
    </header>
  );
}
