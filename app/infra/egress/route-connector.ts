import { isIP, isIPv4, type Socket } from 'node:net';
import { buildConnector, errors } from 'undici';
import { createVettedConnector } from './connector.ts';
import type { EgressRoute } from './egress-route.ts';
import { resolveWithSystem } from './resolve-name.ts';
import { openTunnel } from './tunnel.ts';
import { normaliseHostname } from './url-policy.ts';
import type { HostVetting } from './vet-host.ts';

/** The operator names proxies inside the private network on purpose. */
const OPERATORS_CHOICE: HostVetting = {
  vet: resolveWithSystem,
  vetSpelling: () => false,
  mayReach: () => true,
};

/**
 * A connector that goes through a proxy node. The target is resolved and vetted here, and the node is
 * given the vetted address, so that its own name server cannot lead elsewhere; TLS and the Host header
 * keep the name (docs/decisions/0009). The node's health learns how it went.
 */
export function createRouteConnector(
  vetting: HostVetting,
  connectTimeoutMs: number,
  route: EgressRoute,
): buildConnector.connector {
  const toNode = createVettedConnector(route.trusted ? OPERATORS_CHOICE : vetting, connectTimeoutMs);
  const secure = buildConnector({ allowH2: false, timeout: connectTimeoutMs });

  async function dial(hostname: string, port: number): Promise<Socket> {
    const addresses = await vetting.vet(hostname, port);
    const address = addresses.find(isIPv4) ?? addresses[0]!;
    const startedAt = performance.now();
    try {
      const socket = await connect(toNode, {
        hostname: route.host,
        host: route.host,
        protocol: route.protocol === 'https' ? 'https:' : 'http:',
        port: `${route.port}`,
      });
      const tunnel = await withTimeout(
        openTunnel(route, socket, address, port, connectTimeoutMs),
        socket,
        connectTimeoutMs,
      );
      route.health.connected(performance.now() - startedAt);
      return tunnel;
    } catch (error) {
      if (isTargetsFault(error)) route.health.couldNotReach(performance.now() - startedAt);
      else route.health.failed();
      throw error;
    }
  }

  return (options, callback) => {
    const hostname = normaliseHostname(options.hostname);
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    dial(hostname, port).then(
      (httpSocket) => {
        if (options.protocol !== 'https:') {
          callback(null, httpSocket.setNoDelay(true));
          return;
        }
        // The name on the certificate is the origin's, whatever Host header a caller sends.
        const servername = isIP(hostname) === 0 ? hostname : '';
        secure({ ...options, hostname, port: `${port}`, servername, httpSocket }, callback);
      },
      (error: Error) => callback(error, null),
    );
  };
}

function connect(connector: buildConnector.connector, options: buildConnector.Options): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connector(options, (...[error, socket]) => {
      if (error) {
        reject(error);
        return;
      }
      // Between the handshakes nobody else listens; whoever waits for the tunnel hears it from there.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

/** A node that takes the connection and then says nothing is as bad as none. */
async function withTimeout(tunnel: Promise<Socket>, socket: Socket, timeoutMs: number): Promise<Socket> {
  const timer = setTimeout(
    () => socket.destroy(new errors.ConnectTimeoutError('The proxy did not open the tunnel in time')),
    timeoutMs,
  );
  try {
    return await tunnel;
  } finally {
    clearTimeout(timer);
  }
}

function isTargetsFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EHOSTUNREACH' && !('syscall' in error);
}
