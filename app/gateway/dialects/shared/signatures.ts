/**
 * What a vendor signs, only that vendor verifies: another refuses it, and the whole request with it. So
 * in the neutral form every signature names its vendor, and callers keep the name of a foreign one.
 */
const VENDORS = ['anthropic', 'gemini'] as const;
export type SigningVendor = (typeof VENDORS)[number];

/** The neutral form of a signature that stands in a body of this vendor's dialect; undefined when empty. */
export function readSignature(vendor: SigningVendor, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return VENDORS.some((one) => value.startsWith(`${one}:`)) ? value : `${vendor}:${value}`;
}

/** For a caller who speaks this vendor's dialect and will send it back. */
export function signatureForCaller(vendor: SigningVendor, signature: string | undefined): string {
  return signatureForUpstream(vendor, signature) ?? signature ?? '';
}

/** For the vendor itself; undefined when somebody else signed. */
export function signatureForUpstream(
  vendor: SigningVendor,
  signature: string | undefined,
): string | undefined {
  return signature?.startsWith(`${vendor}:`) ? signature.slice(vendor.length + 1) : undefined;
}
