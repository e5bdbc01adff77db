/**
 * Which URLs and addresses may be reached. Only globally routable unicast is; everything else needs
 * an entry in the allow list. Pure: names are resolved elsewhere.
 */
import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { AppError } from '../../lib/app-error.ts';

/** Which rule refused; `details.reason` of the error. */
export type BlockReason =
  'invalid_url' | 'scheme' | 'userinfo' | 'port' | 'reserved_name' | 'private_address' | 'unresolvable';

/** Where a URL leads: host without brackets and trailing dots, in lower case. */
export interface Target {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number;
}

const MESSAGES: Record<BlockReason, string> = {
  invalid_url: 'This is not a valid URL.',
  scheme: 'Only http:// and https:// addresses can be reached.',
  userinfo: 'The URL must not contain a user name or password; store the credential instead.',
  port: 'This port belongs to another protocol and cannot be reached.',
  reserved_name: 'This host name is only valid inside a private network; use a public one.',
  private_address: 'This address is not on the public internet and cannot be reached.',
  unresolvable: 'This host name does not resolve to any address.',
};

/** The error of every refusal. `hostname` is only echoed to whoever named it. */
export function blockedTarget(reason: BlockReason, hostname?: string, cause?: unknown): AppError {
  return new AppError('blocked_target', MESSAGES[reason], {
    details: hostname === undefined ? { reason } : { reason, host: hostname },
    cause,
  });
}

/** True for a refusal of this module, also when it was made by another copy of it. */
export function isBlockedTarget(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'blocked_target';
}

// The Fetch standard's bad ports, then databases and control planes that speak no HTTP to strangers.
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 445, 873, 1433,
  1521, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5672, 5900, 6379, 9042, 11211, 27017,
]);

/** Names that never mean a public host (RFC 6761, 6762, 8375, 9476 and the ICANN `.internal`). */
const RESERVED_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'in-addr.arpa',
  'ip6.arpa',
  'alt',
  'onion',
  'invalid',
];

// Public by number, private by nature: Azure's host agent answers there with credentials.
const CLOUD_CONTROL_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);

/** 2000::/3 is all of IPv6 that is allocated as global unicast. */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/** Strips brackets and the dots that make a name absolute. */
export function normaliseHostname(hostname: string): string {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return bare.toLowerCase().replace(/\.+$/, '');
}

/**
 * Reads a URL and applies the rules that need no address: scheme, user info, spelling.
 * @throws AppError `blocked_target`.
 */
export function parseTarget(text: string): Target {
  if (!URL.canParse(text)) throw blockedTarget('invalid_url');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw blockedTarget('scheme');
  if (url.username !== '' || url.password !== '' || authorityHasUserInfo(text))
    throw blockedTarget('userinfo');
  const hostname = normaliseHostname(url.hostname);
  if (hostname === '' || hostname.includes('..')) throw blockedTarget('invalid_url');
  return {
    protocol: url.protocol,
    hostname,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
}

/** `http://@host` and `http://:@host` parse to an empty user, yet fool people and other parsers. */
function authorityHasUserInfo(text: string): boolean {
  const authority =
    text
      .trim()
      .replace(/^[a-z]+:[\\/]*/i, '')
      .split(/[\\/?#]/, 1)[0] ?? '';
  return authority.includes('@');
}

/** True when the port is one that no web service uses. */
export function isBlockedPort(port: number): boolean {
  return BLOCKED_PORTS.has(port);
}

/** True for names that only mean something inside one machine or network. */
export function isReservedName(hostname: string): boolean {
  if (!hostname.includes('.')) return true;
  return RESERVED_SUFFIXES.some((suffix) => hostname === suffix || hostname.endsWith(`.${suffix}`));
}

/** True for `localhost` and names below it, which mean loopback whatever DNS says (RFC 6761). */
export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

/**
 * True for a globally routable unicast address. IPv6 forms that carry an IPv4 address (mapped,
 * NAT64, 6to4, Teredo) are not: where they lead is decided by somebody else's router.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || CLOUD_CONTROL_ADDRESSES.has(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST_V6);
}
