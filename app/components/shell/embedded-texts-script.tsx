import { useTranslation } from 'react-i18next';
import { EMBEDDED_TEXTS_ID, serializeTexts } from '../../i18n/embedded-texts.ts';
import type { Texts } from '../../i18n/resources.ts';
import { useDocumentFacts } from '../document-context.tsx';

/** The page's texts, for its own hydration. Only the server writes them; the browser leaves them as they are. */
export function EmbeddedTextsScript() {
  const { i18n } = useTranslation();
  const { textsVersion } = useDocumentFacts();
  const html = import.meta.env.SSR
    ? serializeTexts({
        locale: i18n.language,
        texts: i18n.getDataByLanguage(i18n.language) as Record<string, Texts>,
        version: textsVersion ?? '',
      })
    : '';
  return (
    <script
      id={EMBEDDED_TEXTS_ID}
      type="application/json"
      suppressHydrationWarning
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}
