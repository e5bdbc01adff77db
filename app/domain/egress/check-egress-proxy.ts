import { and, asc, eq } from 'drizzle-orm';
import { egressProxies, upstreams } from '../../../db/schema/index.ts';
import { AppError, isAppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireRole, type Context } from '../context.ts';
import { openEgressProxy } from './open-egress-proxy.ts';
import { checkEgressProxySchema, type CheckEgressProxyInput } from './schemas.ts';

const TIMEOUT_MS = 10_000;
const MAX_READ_BYTES = 1_024;
const CHECKS_PER_MINUTE = 60;

export type EgressProxyFailure =
  /** The node said no: to us, or to its user name and password. */
  | 'refused'
  | 'timeout'
  /** The node cannot be reached, or breaks off. */
  | 'unreachable'
  /** The node stands where nothing may be reached. */
  | 'blocked_target'
  /** The node works and cannot reach the address. */
  | 'target_unreachable';

export type EgressProxyCheck =
  | { works: true; url: string; status: number; latencyMs: number }
  | { works: false; url: string; reason: EgressProxyFailure };

/**
 * Asks for an address through one node, disabled or not: the one given, or that of an upstream which dials
 * through the pool. A node that works is back in the rotation at once.
 * @throws AppError `not_found`, `rate_limited`; `invalid_request` with issues, also when no address is known.
 */
export async function checkEgressProxy(
  ctx: Context,
  input: CheckEgressProxyInput,
): Promise<EgressProxyCheck> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { proxyId, url: given } = parseInput(checkEgressProxySchema, input);
  await takeTurn(ctx, organizationId);
  const own = and(eq(egressProxies.id, proxyId), eq(egressProxies.organizationId, organizationId));
  const [proxy] = await ctx.db.select().from(egressProxies).where(own);
  if (!proxy) throw new AppError('not_found', 'There is no such proxy.');
  const url = given ?? (await addressOf(ctx, proxy.poolId));
  try {
    const { status, firstByteMs } = await ctx.egress.request({
      method: 'GET',
      url,
      via: openEgressProxy(ctx, proxy),
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_READ_BYTES,
    });
    await ctx.db
      .update(egressProxies)
      .set({ failures: 0, retryAt: null, latencyMs: firstByteMs, checkedAt: ctx.clock.date() })
      .where(own);
    return { works: true, url, status, latencyMs: firstByteMs };
  } catch (error) {
    return { works: false, url, reason: reasonOf(error) };
  }
}

async function takeTurn(ctx: Context, organizationId: string): Promise<void> {
  const decision = await ctx.store.rateLimits.take([
    { key: `check-egress-proxy:${organizationId}`, limit: CHECKS_PER_MINUTE, windowMs: 60_000 },
  ]);
  if (decision.allowed) return;
  throw new AppError('rate_limited', 'That were many checks. Wait a moment and try again.', {
    retryAfterSeconds: Math.ceil(decision.retryAfterMs / 1_000),
  });
}

/** Of the oldest upstream behind the pool. */
async function addressOf({ db }: Context, poolId: string): Promise<string> {
  const [upstream] = await db
    .select({ baseUrl: upstreams.baseUrl })
    .from(upstreams)
    .where(eq(upstreams.egressPoolId, poolId))
    .orderBy(asc(upstreams.createdAt), asc(upstreams.id))
    .limit(1);
  if (upstream) return `${new URL(upstream.baseUrl).origin}/`;
  throw new AppError(
    'invalid_request',
    'No upstream dials through this pool yet: name an address to ask for.',
    {
      issues: [{ field: 'url', reason: 'egress_target_needed' }],
    },
  );
}

function reasonOf(error: unknown): EgressProxyFailure {
  if (!isAppError(error)) throw error;
  if (error.code === 'blocked_target') return 'blocked_target';
  if (error.code === 'upstream_timeout') return 'timeout';
  switch (error.details?.['reason']) {
    case 'EGRESS_ROUTE_REFUSED':
      return 'refused';
    case 'EHOSTUNREACH':
      return 'target_unreachable';
    default:
      return 'unreachable';
  }
}
