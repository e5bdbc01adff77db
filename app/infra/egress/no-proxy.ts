import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { normaliseHostname } from './url-policy.ts';

/** True when a target is reached directly. */
export type NoProxy = (hostname: string, port: number) => boolean;

/**
 * Reads the entries of NO_PROXY: `*`; a name, which also covers the names below it (a leading `.` or `*.`
 * says the same); an address; a network `10.0.0.0/8`. Each may end in `:port`.
 */
export function createNoProxy(entries: readonly string[]): NoProxy {
  const rules = entries.map(readEntry);
  return (hostname, port) => rules.some((matches) => matches(hostname, port));
}

function readEntry(entry: string): NoProxy {
  if (entry === '*') return () => true;
  if (entry.includes('/') && ipaddr.isValidCIDR(entry)) return inNetwork(ipaddr.parseCIDR(entry));
  // More than one colon is an IPv6 address, which has a port only behind brackets.
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(entry);
  const host = normaliseHostname(match?.[1] ?? entry).replace(/^\*?\./, '');
  const wanted = match?.[2] === undefined ? null : Number(match[2]);
  const covers = isIP(host) === 0 ? atOrBelow(host) : sameAs(host);
  return (hostname, port) => (wanted === null || wanted === port) && covers(hostname);
}

function atOrBelow(name: string): (hostname: string) => boolean {
  return (hostname) => hostname === name || (isIP(hostname) === 0 && hostname.endsWith(`.${name}`));
}

function sameAs(address: string): (hostname: string) => boolean {
  const normal = ipaddr.parse(address).toNormalizedString();
  return (hostname) => isIP(hostname) !== 0 && ipaddr.parse(hostname).toNormalizedString() === normal;
}

function inNetwork([network, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): NoProxy {
  return (hostname) => {
    if (isIP(hostname) === 0) return false;
    const address = ipaddr.parse(hostname);
    return address.kind() === network.kind() && address.match(network, bits);
  };
}
