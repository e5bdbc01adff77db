/** The texts a document carries for its own hydration. */
import type { Texts } from './resources.ts';

export const EMBEDDED_TEXTS_ID = 'tollgate-texts';

export interface EmbeddedTexts {
  locale: string;
  /** Namespace to its texts. */
  texts: Record<string, Texts>;
  version: string;
}

/** JSON that is safe inside `<script>`: no text can end the element or start a comment. */
export function serializeTexts(embedded: EmbeddedTexts): string {
  return JSON.stringify(embedded).replace(/</g, '\\u003c');
}
