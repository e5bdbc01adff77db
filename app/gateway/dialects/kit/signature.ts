/**
 * What proves a piece of reasoning can be checked by its maker alone, and others refuse the request that
 * holds it. So in the neutral form, and with callers of another dialect, a signature names its maker.
 */
export type Signer = 'chat' | 'responses' | 'anthropic' | 'gemini';

const MARK = /^tg-(?:chat|responses|anthropic|gemini):/;

/** A signature as it stands in a body of the signer's dialect; one that names its maker stays as it is. */
export function signedBy(signer: Signer, value: string): string {
  return MARK.test(value) ? value : `tg-${signer}:${value}`;
}

/** For an upstream of this dialect; null when another made it. */
export function signatureFor(signer: Signer, signature: string | undefined): string | null {
  const mark = `tg-${signer}:`;
  return signature?.startsWith(mark) ? signature.slice(mark.length) : null;
}

/** For a caller of this dialect, who hands it back as it is. */
export function signatureToShow(signer: Signer, signature: string): string {
  return signatureFor(signer, signature) ?? signature;
}
