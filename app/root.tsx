/** The document around every page. */
import type { LinksFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { data, Links, Meta, Outlet, Scripts, ScrollRestoration, useNavigation } from '@remix-run/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useDocumentFacts } from './components/document-context.tsx';
import { EmbeddedTextsScript } from './components/shell/embedded-texts-script.tsx';
import { ErrorPage } from './components/shell/error-page.tsx';
import { ProgressBar } from './components/shell/progress-bar.tsx';
import { TextPreloader } from './components/shell/text-preloader.tsx';
import { Toaster } from './components/shell/toast.tsx';
import { useRootData, type RootData, type Viewer } from './components/viewer.tsx';
import { readFlash } from './http/flash.ts';
import { findViewer } from './http/require-user.ts';
import { pageLoader } from './http/run-loader.ts';
import { resolveLocale } from './i18n/server.ts';
import { isTheme, themeFromCookie, type Theme } from './lib/theme.ts';
import stylesheet from './styles/app.css?url';

export const links: LinksFunction = () => [
  { rel: 'stylesheet', href: stylesheet },
  { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' },
  { rel: 'apple-touch-icon', href: '/apple-touch-icon.png' },
];

export const meta: MetaFunction = () => [{ title: 'Tollgate' }];

/** What the ledger counts in. */
const CURRENCY = 'USD';

export function loader(args: LoaderFunctionArgs) {
  return pageLoader(args, async () => {
    const { request, context } = args;
    const found = await findViewer(args);
    const viewer: Viewer | null = found && {
      user: found.user,
      organization: found.organization,
      role: found.role,
      organizations: found.organizations,
    };
    const { flash, headers } = readFlash(request);
    const rootData: RootData = {
      viewer,
      locale: await resolveLocale(args),
      timeZone: viewer?.user.timeZone ?? 'UTC',
      currency: CURRENCY,
      theme: themeFromCookie(request.headers.get('cookie')) ?? viewer?.user.theme ?? 'system',
      flash,
      sandbox: context.platform.payments.mode === 'sandbox',
      requestId: context.requestId,
    };
    return data(rootData, { headers });
  });
}

/** The theme that was just chosen counts before the server has answered. */
function useTheme(): Theme {
  const navigation = useNavigation();
  const stored = useRootData()?.theme ?? 'system';
  const chosen = navigation.formAction === '/resources/theme' ? navigation.formData?.get('theme') : null;
  return isTheme(chosen) ? chosen : stored;
}

function ThemeColors({ theme }: { theme: Theme }) {
  if (theme === 'light') return <meta name="theme-color" content="#f5f5f7" />;
  if (theme === 'dark') return <meta name="theme-color" content="#000000" />;
  return (
    <>
      <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f5f5f7" />
      <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#000000" />
    </>
  );
}

export function Layout({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const { nonce, requestId } = useDocumentFacts();
  const theme = useTheme();
  return (
    <html lang={i18n.language} className={theme} data-request-id={requestId}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
        <ThemeColors theme={theme} />
        <Meta />
        <Links />
      </head>
      <body>
        <ProgressBar />
        {children}
        <Toaster />
        <EmbeddedTextsScript />
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}

export default function Root() {
  return (
    <>
      <Outlet />
      <TextPreloader />
    </>
  );
}

export function ErrorBoundary() {
  return <ErrorPage />;
}
