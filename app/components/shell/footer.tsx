import { Link } from '@remix-run/react';
import { useTranslation } from 'react-i18next';
import { useViewer } from '../viewer.tsx';
import { LogoMark } from './logo.tsx';
import { LocaleForm, ThemeForm } from './preferences.tsx';

const LINK = 'text-muted hover:text-ink inline-flex min-h-11 items-center text-sm';

export function Footer() {
  const { t } = useTranslation('common');
  const viewer = useViewer();
  return (
    <footer className="border-line mt-auto border-t print:hidden">
      <div className="mx-auto flex max-w-7xl flex-wrap items-center justify-between gap-x-8 gap-y-2 px-4 py-6 sm:px-6 lg:px-8">
        <nav aria-label={t('nav.footer')}>
          <ul className="flex flex-wrap items-center gap-x-6">
            <li className="flex items-center">
              <LogoMark className="size-6" />
            </li>
            <li>
              <Link to="/" className={LINK}>
                {t('area.storefront')}
              </Link>
            </li>
            {!viewer && (
              <li>
                <Link to="/register" className={LINK}>
                  {t('menu.startSelling')}
                </Link>
              </li>
            )}
            <li>
              <a href="/openapi.json" className={LINK}>
                {t('footer.managementApi')}
              </a>
            </li>
          </ul>
        </nav>
        <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
          <LocaleForm className="-ms-3" />
          <ThemeForm />
        </div>
      </div>
    </footer>
  );
}
