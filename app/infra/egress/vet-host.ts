import { isIP } from 'node:net';
import type { AllowList } from './allow-list.ts';
import type { ResolveName } from './resolve-name.ts';
import {
  blockedTarget,
  isBlockedPort,
  isLoopbackName,
  isPublicAddress,
  isReservedName,
} from './url-policy.ts';

export interface HostVetting {
  /**
   * The addresses that may be dialled for a host and port.
   * @throws AppError `blocked_target`; the resolver's own error when the name does not resolve.
   */
  vet(hostname: string, port: number): Promise<string[]>;
  /**
   * The rules that need no name server; true when the host is settled by them (a literal address).
   * @throws AppError `blocked_target`.
   */
  vetSpelling(hostname: string, port: number): boolean;
  /** True when a connection to this address is allowed for that host. */
  mayReach(hostname: string, address: string, port: number): boolean;
}

interface VettingOptions {
  allowList: AllowList;
  resolve: ResolveName;
  /** For hosts that the operator listed by name. */
  resolveListed: ResolveName;
}

const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

/** The one place that decides what is reached; asked at save, at dial and after the connection stands. */
export function createHostVetting({ allowList, resolve, resolveListed }: VettingOptions): HostVetting {
  const addressAllowed = (address: string, port: number): boolean =>
    allowList.has(address, port) || (isPublicAddress(address) && !isBlockedPort(port));
  const mayReach = (hostname: string, address: string, port: number): boolean =>
    allowList.has(hostname, port) || addressAllowed(address, port);

  function vetSpelling(hostname: string, port: number): boolean {
    if (allowList.has(hostname, port)) return isIP(hostname) !== 0;
    if (isIP(hostname) !== 0) {
      if (!addressAllowed(hostname, port)) {
        throw blockedTarget(isPublicAddress(hostname) ? 'port' : 'private_address', hostname);
      }
      return true;
    }
    if (isLoopbackName(hostname)) {
      if (LOOPBACK_ADDRESSES.some((address) => allowList.has(address, port))) return false;
      throw blockedTarget('reserved_name', hostname);
    }
    if (isReservedName(hostname)) throw blockedTarget('reserved_name', hostname);
    return false;
  }

  async function vet(hostname: string, port: number): Promise<string[]> {
    if (vetSpelling(hostname, port)) return [hostname];
    if (allowList.has(hostname, port)) return resolveListed(hostname);
    if (isLoopbackName(hostname)) return LOOPBACK_ADDRESSES.filter((address) => allowList.has(address, port));
    const addresses = await resolve(hostname);
    // One private answer condemns all: which of them gets dialled would be the zone's choice.
    const refused = addresses.find((address) => !addressAllowed(address, port));
    if (refused !== undefined) {
      throw blockedTarget(isPublicAddress(refused) ? 'port' : 'private_address', hostname);
    }
    return addresses;
  }

  return { vet, vetSpelling, mayReach };
}
