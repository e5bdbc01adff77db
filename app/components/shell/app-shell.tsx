import { useLocation } from '@remix-run/react';
import { FlaskConical } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { cn } from '../ui/cn.ts';
import { useRootData } from '../viewer.tsx';
import { AREA_NAV, isMoneyPage, type Area } from './area-nav.ts';
import { BottomNavigation, SideNavigation } from './area-navigation.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';

export interface AppShellProps {
  /** Chooses the navigation. */
  area: Area;
  children: ReactNode;
}

function SandboxBanner() {
  const { t } = useTranslation('common');
  return (
    <aside className="bg-warning-soft text-warning flex items-center justify-center gap-2 px-4 py-2.5 text-center text-sm font-medium">
      <FlaskConical aria-hidden className="size-4 shrink-0" />
      <p>{t('sandbox.banner')}</p>
    </aside>
  );
}

/** Header, navigation of the area, content, footer: around every page. */
export function AppShell({ area, children }: AppShellProps) {
  const { t } = useTranslation('common');
  const root = useRootData();
  const { pathname } = useLocation();
  const groups = AREA_NAV[area];
  const label = t(`area.${area}`);
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="bg-accent text-on-accent sr-only z-50 rounded-full px-5 py-3 focus:not-sr-only focus:fixed focus:start-4 focus:top-3"
      >
        {t('nav.skip')}
      </a>
      <Header area={area} />
      {root?.sandbox && isMoneyPage(pathname) && <SandboxBanner />}
      <div
        className={cn(
          'mx-auto flex w-full max-w-7xl flex-1 gap-10 px-4 pt-6 pb-12 sm:px-6 sm:pt-10 lg:px-8',
          groups.length > 0 && 'max-md:pb-16',
        )}
      >
        {groups.length > 0 && <SideNavigation label={label} groups={groups} />}
        <main
          id="main"
          tabIndex={-1}
          className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] content-start gap-6 outline-none"
        >
          {children}
        </main>
      </div>
      <Footer />
      {groups.length > 0 && (
        <>
          <div aria-hidden className="h-[calc(3.5rem+env(safe-area-inset-bottom))] md:hidden print:hidden" />
          <BottomNavigation label={label} groups={groups} />
        </>
      )}
    </div>
  );
}
