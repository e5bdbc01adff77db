/** Ranges of internet addresses as people write them: `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`. */
import ipaddr from 'ipaddr.js';

/**
 * The range in its one canonical spelling, host bits cleared; null when `text` is none. An address
 * alone is the range of that one address; IPv4 inside IPv6 is IPv4.
 */
export function parseAddressRange(text: string): string | null {
  const [address = '', bits, ...rest] = text.trim().split('/');
  // ipaddr.js also reads octal, hexadecimal and shortened IPv4, which nobody means here.
  if (rest.length > 0 || !(ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)))
    return null;
  const parsed = ipaddr.parse(address);
  const max = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return null;
  const length = bits === undefined ? max : Number(bits);
  if (length > max) return null;
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && length >= 96) {
    return networkOf(parsed.toIPv4Address(), length - 96);
  }
  return networkOf(parsed, length);
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, length - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return `${ipaddr.fromByteArray(bytes).toString()}/${length}`;
}

/** @param ranges CIDR, IPv4 or IPv6; a range that cannot be read holds nobody. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  // IPv4 callers of a dual-stack listener come as ::ffff:a.b.c.d.
  const caller = ipaddr.process(address);
  return ranges.some((range) => {
    if (!ipaddr.isValidCIDR(range)) return false;
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === caller.kind() && caller.match(network, bits);
  });
}
