import type { EgressProxy } from '../../../db/schema/index.ts';
import type { ProxyAddress } from '../../lib/proxy-url.ts';
import type { Context } from '../context.ts';

/** A node's address with its password. */
export function openEgressProxy({ keyring }: Pick<Context, 'keyring'>, proxy: EgressProxy): ProxyAddress {
  const { id, protocol, host, port, username, passwordEnvelope } = proxy;
  const password = passwordEnvelope && keyring.open(passwordEnvelope, `egress-proxy:${id}`);
  return { protocol, host, port, username, password };
}
