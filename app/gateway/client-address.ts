import type { IncomingMessage } from 'node:http';

/**
 * The caller's address. `X-Forwarded-For` counts only as far as proxies of our own appended to it:
 * with two trusted hops, the second entry from the right.
 */
export function clientAddress(request: IncomingMessage, trustedHops: number): string {
  const peer = request.socket.remoteAddress ?? '';
  if (trustedHops === 0) return peer;
  const header = request.headers['x-forwarded-for'];
  if (header === undefined) return peer;
  const hops = (typeof header === 'string' ? header : header.join(',')).split(',').map((hop) => hop.trim());
  return hops[Math.max(0, hops.length - trustedHops)] || peer;
}
