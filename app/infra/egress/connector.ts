import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { blockedTarget, normaliseHostname } from './url-policy.ts';
import type { HostVetting } from './vet-host.ts';

const NEXT_ADDRESS_AFTER_MS = 250;
const MAX_DIALLED_ADDRESSES = 8;

/**
 * A connector that dials only vetted addresses: it resolves and checks the name itself, hands the
 * checked addresses to the socket, and checks once more where the socket ended up. TLS sessions are
 * cached per connector, so never across pools.
 */
export function createVettedConnector(
  vetting: HostVetting,
  connectTimeoutMs: number,
): buildConnector.connector {
  const lookupFor =
    (port: number): LookupFunction =>
    (hostname, options, callback) => {
      vetting.vet(normaliseHostname(hostname), port).then(
        (addresses) => {
          const answers = addresses
            .slice(0, MAX_DIALLED_ADDRESSES)
            .map((address) => ({ address, family: isIP(address) }));
          const first = answers[0]!;
          if (options.all) callback(null, answers);
          else callback(null, first.address, first.family);
        },
        (error: Error) => callback(error, options.all ? [] : ''),
      );
    };
  const connectors = new Map<number, buildConnector.connector>();
  const connectorFor = (port: number): buildConnector.connector => {
    const existing = connectors.get(port);
    if (existing) return existing;
    const created = buildConnector({
      allowH2: false,
      timeout: connectTimeoutMs,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
      lookup: lookupFor(port),
      port,
    });
    connectors.set(port, created);
    return created;
  };

  return (options, callback) => {
    const hostname = normaliseHostname(options.hostname);
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    try {
      // A literal address never reaches `lookup`, so it is checked here.
      vetting.vetSpelling(hostname, port);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    // The name on the certificate is the origin's, whatever Host header a caller sends.
    const servername = isIP(hostname) === 0 ? hostname : '';
    connectorFor(port)({ ...options, hostname, port: String(port), servername }, (...result) => {
      const [error, socket] = result;
      if (error) {
        callback(error, null);
        return;
      }
      const reached = socket.remoteAddress;
      if (reached === undefined) {
        socket.destroy();
        callback(Object.assign(new Error('The connection was closed at once'), { code: 'ECONNRESET' }), null);
      } else if (!vetting.mayReach(hostname, reached, port)) {
        socket.destroy();
        callback(blockedTarget('private_address', hostname), null);
      } else {
        callback(null, socket);
      }
    });
  };
}
