/** JSON of pools of outbound proxies: snake_case; what a value may be is the domain's business. */
import { z } from 'zod';
import type {
  AddEgressProxiesInput,
  EgressProxyCheck,
  OwnEgressPool,
  OwnEgressProxy,
  UpdateEgressProxyInput,
} from '../domain/egress/index.ts';

const text = z.string();

export const egressPoolBody = z.strictObject({ name: text.optional() });
/** `urls`: a list, or lines. */
export const egressProxiesBody = z.strictObject({
  urls: z.union([text, z.array(text)]).optional(),
  region: text.optional(),
  weight: z.number().optional(),
});
export const egressProxyBody = z.strictObject({
  weight: z.number().optional(),
  region: text.optional(),
  status: text.optional(),
});
export const egressCheckBody = z.strictObject({ url: text.optional() });

export function toEgressProxies(
  poolId: string,
  body: z.output<typeof egressProxiesBody>,
): AddEgressProxiesInput {
  const { urls = '', ...rest } = body;
  return { ...rest, poolId, urls: Array.isArray(urls) ? urls.join('\n') : urls };
}

export function toEgressProxyChanges(
  proxyId: string,
  body: z.output<typeof egressProxyBody>,
): UpdateEgressProxyInput {
  return { ...body, proxyId } as UpdateEgressProxyInput;
}

export function egressPoolAnswer({ id, name, proxies, createdAt, updatedAt }: OwnEgressPool) {
  return { id, name, proxies: proxies.map(egressProxyAnswer), created_at: createdAt, updated_at: updatedAt };
}

/** Everything but the password. */
export function egressProxyAnswer(proxy: OwnEgressProxy) {
  const { id, poolId, protocol, host, port, username, region, weight, status, health } = proxy;
  return {
    ...{ id, pool_id: poolId, protocol, host, port, username, region, weight, status, health },
    failures: proxy.failures,
    retry_at: proxy.retryAt,
    latency_ms: proxy.latencyMs,
    checked_at: proxy.checkedAt,
  };
}

export function egressCheckAnswer(check: EgressProxyCheck) {
  if (!check.works) return check;
  const { latencyMs, ...rest } = check;
  return { ...rest, latency_ms: latencyMs };
}
