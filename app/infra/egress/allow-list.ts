import { normaliseHostname } from './url-policy.ts';

/** `host:port` pairs that may be reached although they are not public. */
export interface AllowList {
  add(hostAndPort: string): void;
  has(hostname: string, port: number): boolean;
}

/** Entries are spelt as in a URL: `127.0.0.1:4010`, `upstream.internal:8080`, `[::1]:4010`. */
export function createAllowList(entries: readonly string[]): AllowList {
  const allowed = new Set<string>();
  const add = (entry: string): void => {
    const match = /^(.+):(\d{1,5})$/.exec(entry.trim());
    if (!match || !URL.canParse(`http://${entry.trim()}`)) throw new TypeError(`"${entry}" is no host:port`);
    // Through URL, so that an entry and a target are normalised alike.
    const { hostname } = new URL(`http://${match[1]}`);
    allowed.add(`${normaliseHostname(hostname)} ${Number(match[2])}`);
  };
  for (const entry of entries) add(entry);
  return { add, has: (hostname, port) => allowed.size > 0 && allowed.has(`${hostname} ${port}`) };
}
