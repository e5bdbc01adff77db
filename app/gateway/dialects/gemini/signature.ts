import { signatureToShow, signedBy } from '../kit/signature.ts';

/** Google's own word for calls that another model made: its newer models refuse those without a signature. */
export const FOREIGN_CALL = 'skip_thought_signature_validator';

/** The member of a neutral part for a `thoughtSignature`. */
export function readThoughtSignature(value: unknown): { signature?: string } {
  return typeof value === 'string' && value !== '' && value !== FOREIGN_CALL
    ? { signature: signedBy('gemini', value) }
    : {};
}

/** The member of a part for a caller who speaks this dialect. */
export function showThoughtSignature(signature: string | undefined): { thoughtSignature?: string } {
  return signature === undefined ? {} : { thoughtSignature: signatureToShow('gemini', signature) };
}
