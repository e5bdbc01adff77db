import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { preloadTexts } from '../../i18n/client.ts';
import type { Namespace } from '../../i18n/locales.ts';
import { useViewer } from '../viewer.tsx';
import { areasOf, type Area } from './area-nav.ts';

const TEXTS_OF: Record<Area, Namespace> = {
  storefront: 'storefront',
  buyer: 'buyer',
  seller: 'seller',
  admin: 'admin',
  account: 'account',
};

/** Has the texts of the places this viewer can go to next at hand before they go. */
export function TextPreloader() {
  const { i18n } = useTranslation();
  const viewer = useViewer();
  const wanted = [...areasOf(viewer).map(({ area }) => TEXTS_OF[area]), viewer ? 'account' : 'auth'].join(
    ' ',
  );
  useEffect(() => preloadTexts(i18n, wanted.split(' ') as Namespace[]), [i18n, wanted]);
  return null;
}
