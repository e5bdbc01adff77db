/** Facts of one answer that the document needs outside any route: they exist even when every loader failed. */
import { createContext, useContext } from 'react';

export interface DocumentFacts {
  /** Nonce of the Content-Security-Policy. */
  nonce: string | undefined;
  requestId: string | undefined;
  /** Version of the texts, for fetching more of the same release. */
  textsVersion: string | undefined;
}

const DocumentContext = createContext<DocumentFacts>({
  nonce: undefined,
  requestId: undefined,
  textsVersion: undefined,
});

export const DocumentProvider = DocumentContext.Provider;

export function useDocumentFacts(): DocumentFacts {
  return useContext(DocumentContext);
}
