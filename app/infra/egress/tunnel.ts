/** How a proxy node is asked for a connection: HTTP CONNECT (RFC 9110 §9.3.6) or SOCKS5 (RFC 1928, 1929). */
import { request as httpRequest } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { SocksClient } from 'socks';
import type { EgressRoute } from './egress-route.ts';

/**
 * Asks the node behind `socket` for a connection to an address.
 * @throws Error with code `EHOSTUNREACH` when the node says that the target cannot be reached; any other
 *   error is the node's own failure.
 */
export function openTunnel(
  route: EgressRoute,
  socket: Socket,
  address: string,
  port: number,
  timeoutMs: number,
): Promise<Socket> {
  if (route.protocol === 'socks5') return openWithSocks(route, socket, address, port, timeoutMs);
  return openWithConnect(route, socket, isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`);
}

function openWithConnect(route: EgressRoute, socket: Socket, authority: string): Promise<Socket> {
  const login = route.revealLogin();
  const headers: Record<string, string> = { host: authority };
  if (login) {
    const basic = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    headers['proxy-authorization'] = `Basic ${basic}`;
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method: 'CONNECT',
      path: authority,
      headers,
    });
    request.once('connect', ({ statusCode = 0 }, _socket, head: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      } else {
        socket.destroy();
        reject(statusCode >= 500 ? unreachable(statusCode) : refused(statusCode));
      }
    });
    request.once('error', reject);
    request.end();
  });
}

/** Replies of SOCKS5 that are about the target; common servers say "general failure" for it too. */
const TARGET_REPLY = / - (?:Failure|NetworkUnreachable|HostUnreachable|ConnectionRefused|TTLExpired)$/;

async function openWithSocks(
  route: EgressRoute,
  socket: Socket,
  host: string,
  port: number,
  timeout: number,
): Promise<Socket> {
  const login = route.revealLogin();
  try {
    await SocksClient.createConnection({
      proxy: {
        host: route.host,
        port: route.port,
        type: 5,
        ...(login && { userId: login.username, password: login.password }),
      },
      command: 'connect',
      destination: { host, port },
      existing_socket: socket,
      timeout,
    });
  } catch (error) {
    socket.destroy();
    const reason = error instanceof Error ? error.message : '';
    throw TARGET_REPLY.test(reason) ? unreachable(reason) : error;
  }
  return socket;
}

function unreachable(answer: number | string): Error {
  return Object.assign(new Error(`The proxy cannot reach the target (${answer})`), { code: 'EHOSTUNREACH' });
}

function refused(status: number): Error {
  return Object.assign(new Error(`The proxy refuses to connect (${status})`), {
    code: 'EGRESS_ROUTE_REFUSED',
  });
}
