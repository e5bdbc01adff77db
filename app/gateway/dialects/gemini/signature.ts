import { signatureToShow, signedBy } from '../shared/signature.ts';

/** The member of a neutral part for a `thoughtSignature`. */
export function readThoughtSignature(value: unknown): { signature?: string } {
  return typeof value === 'string' && value !== '' ? { signature: signedBy('gemini', value) } : {};
}

/** The member of a part for a caller who speaks this dialect. */
export function showThoughtSignature(signature: string | undefined): { thoughtSignature?: string } {
  return signature === undefined ? {} : { thoughtSignature: signatureToShow('gemini', signature) };
}
