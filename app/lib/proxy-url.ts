/** Addresses of outbound proxies, as people write them: `socks5://user:secret@proxy.example.com:1080`. */

export const PROXY_PROTOCOLS = ['http', 'https', 'socks5'] as const;
export type ProxyProtocol = (typeof PROXY_PROTOCOLS)[number];

export interface ProxyAddress {
  protocol: ProxyProtocol;
  /** Lower case, without brackets. */
  host: string;
  port: number;
  username: string | null;
  password: string | null;
}

const DEFAULT_PORTS: Record<ProxyProtocol, number> = { http: 80, https: 443, socks5: 1080 };
const MAX_URL_CHARS = 2_000;

/**
 * Reads `http://`, `https://`, `socks5://` and `socks5h://` URLs; null for anything else, also for those
 * with a path, a query or a fragment.
 */
export function parseProxyUrl(text: string): ProxyAddress | null {
  const match = /^(http|https|socks5)(h?):\/\/([^/?#\\\s]+)\/?$/i.exec(text.trim());
  if (!match || text.length > MAX_URL_CHARS) return null;
  const protocol = match[1]!.toLowerCase() as ProxyProtocol;
  if (match[2] !== '' && protocol !== 'socks5') return null;
  // URL normalises hosts of the web's own schemes only; ftp's default port is none that a proxy has.
  const url = URL.parse(`ftp://${match[3]!}/`);
  if (url === null || url.hostname === '') return null;
  const username = decode(url.username);
  const password = decode(url.password);
  if (username === null || password === null || url.port === '0') return null;
  return {
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port),
    username: username === '' ? null : username,
    password: password === '' ? null : password,
  };
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
