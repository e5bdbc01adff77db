import { signatureToShow, signedBy } from '../kit/signature.ts';

/** The member of a neutral part for a `signature` or `data` that stands in an Anthropic body. */
export function readSignature(value: unknown): { signature?: string } {
  return typeof value === 'string' && value !== '' ? { signature: signedBy('anthropic', value) } : {};
}

/** For a caller who speaks this dialect; '' where nobody signed. */
export function showSignature(signature: string | undefined): string {
  return signature === undefined ? '' : signatureToShow('anthropic', signature);
}
