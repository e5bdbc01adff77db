/** The network an address belongs to: what one person can easily get many addresses in. */
import ipaddr from 'ipaddr.js';

const IPV6_PREFIX_GROUPS = 4;

/** IPv4: the address. IPv6: its /64, which every home connection gets whole. */
export function networkOf(ipAddress: string | null): string {
  if (!ipAddress || !ipaddr.isValid(ipAddress)) return 'unknown';
  const address = ipaddr.process(ipAddress);
  if (address.kind() === 'ipv4') return address.toString();
  const groups = (address as ipaddr.IPv6).parts.slice(0, IPV6_PREFIX_GROUPS);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}
