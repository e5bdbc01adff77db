import { RemixBrowser } from '@remix-run/react';
import { setNonce } from 'get-nonce';
import { startTransition, StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { DocumentProvider } from './components/document-context.tsx';
import { createClientTranslator } from './i18n/client.ts';
import { EMBEDDED_TEXTS_ID, type EmbeddedTexts } from './i18n/embedded-texts.ts';

async function hydrate(): Promise<void> {
  const embedded = document.getElementById(EMBEDDED_TEXTS_ID)?.textContent;
  // Without its texts a page would show keys; it works as plain HTML instead.
  if (!embedded) return;
  const texts = JSON.parse(embedded) as EmbeddedTexts;
  const i18n = await createClientTranslator(texts);
  // Browsers hide the attribute and keep the property.
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
  // Radix adds a style element while an overlay locks scrolling.
  if (nonce) setNonce(nonce);
  const facts = {
    nonce,
    requestId: document.documentElement.dataset['requestId'],
    textsVersion: texts.version,
  };
  startTransition(() => {
    hydrateRoot(
      document,
      <StrictMode>
        <DocumentProvider value={facts}>
          <I18nextProvider i18n={i18n}>
            <RemixBrowser />
          </I18nextProvider>
        </DocumentProvider>
      </StrictMode>,
    );
  });
}

void hydrate();
