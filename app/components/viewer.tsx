/** Who looks at the page and what the whole page shares, as the root loader says. */
import { useRouteLoaderData } from '@remix-run/react';
import type { Flash } from '../http/flash.ts';
import type { Viewer as ServerViewer } from '../http/require-user.ts';
import type { Locale } from '../i18n/locales.ts';
import type { Theme } from '../lib/theme.ts';

/** The part of the viewer that the browser may know. */
export type Viewer = Pick<ServerViewer, 'user' | 'organization' | 'role' | 'organizations'>;

export interface RootData {
  viewer: Viewer | null;
  locale: Locale;
  /** IANA name. */
  timeZone: string;
  currency: string;
  theme: Theme;
  flash: Flash | null;
  /** Payments go to the sandbox: no money moves. */
  sandbox: boolean;
  requestId: string;
}

/** Null while the root itself could not be loaded. */
export function useRootData(): RootData | null {
  return (useRouteLoaderData('root') as RootData | undefined) ?? null;
}

/** The viewer, or null when nobody is logged in. */
export function useViewer(): Viewer | null {
  return useRootData()?.viewer ?? null;
}
