import { eq } from 'drizzle-orm';
import { egressProxies } from '../../../db/schema/index.ts';
import { AppError, isAppError } from '../../lib/app-error.ts';
import { newId } from '../../lib/ids.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { parseProxyUrl, type ProxyAddress } from '../../lib/proxy-url.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context } from '../context.ts';
import { lockEgressPool } from './own-egress-pool.ts';
import { MAX_PROXIES, addEgressProxiesSchema, linesOf, type AddEgressProxiesInput } from './schemas.ts';

export interface AddedProxies {
  /** Numbers of lines, from 1. */
  added: number[];
  skipped: { line: number; reason: 'invalid' | 'blocked_target' | 'duplicate' }[];
}

interface Line {
  line: number;
  address: ProxyAddress;
}

/**
 * Adds nodes to a pool, one URL a line: `http://`, `https://` or `socks5://`, with user name and password
 * where needed. Lines that are no such URL, lead where nothing may be reached, or are in the pool already
 * are skipped and named; the others are added together or not at all.
 * @throws AppError `invalid_request` with issues, `not_found`, `conflict` when the pool would be too large.
 */
export async function addEgressProxies(ctx: Context, input: AddEgressProxiesInput): Promise<AddedProxies> {
  const { organizationId } = requireRole(ctx, ['owner', 'admin']);
  const { poolId, urls, region = null, weight = 1 } = parseInput(addEgressProxiesSchema, input);
  const { lines, skipped } = await readLines(ctx, urls);
  return withTransaction(ctx, async (tx) => {
    const pool = await lockEgressPool(tx.db, organizationId, poolId);
    const stored = await tx.db
      .select({
        protocol: egressProxies.protocol,
        host: egressProxies.host,
        port: egressProxies.port,
        username: egressProxies.username,
      })
      .from(egressProxies)
      .where(eq(egressProxies.poolId, pool.id));
    const known = new Set(stored.map(identityOf));
    const result: AddedProxies = { added: [], skipped };
    const rows: (typeof egressProxies.$inferInsert)[] = [];
    for (const { line, address } of lines) {
      if (known.has(identityOf(address))) {
        result.skipped.push({ line, reason: 'duplicate' });
        continue;
      }
      known.add(identityOf(address));
      result.added.push(line);
      const { password, ...visible } = address;
      const id = newId('egressProxy');
      rows.push({
        ...{ id, organizationId, poolId: pool.id, ...visible, region: region || null, weight },
        passwordEnvelope: password === null ? null : tx.keyring.seal(password, `egress-proxy:${id}`),
        // A millisecond apart, so that the pool keeps the order of the lines.
        createdAt: new Date(tx.clock.now() + rows.length),
      });
    }
    if (stored.length + rows.length > MAX_PROXIES) {
      throw new AppError('conflict', `A pool has at most ${MAX_PROXIES} proxies.`);
    }
    if (rows.length > 0) await tx.db.insert(egressProxies).values(rows);
    result.skipped.sort((a, b) => a.line - b.line);
    await appendAuditEvent(tx, {
      organizationId,
      action: 'egress_proxy.batch_added',
      subjectId: pool.id,
      before: null,
      after: { added: rows.length, skipped: result.skipped.length },
    });
    return result;
  });
}

/** Reads and vets all lines; a name without an address yet may be saved, dialling judges again. */
async function readLines(
  ctx: Context,
  urls: string,
): Promise<{ lines: Line[]; skipped: AddedProxies['skipped'] }> {
  const lines: Line[] = [];
  const skipped: AddedProxies['skipped'] = [];
  await Promise.all(
    linesOf(urls).map(async ({ line, text }) => {
      const address = parseProxyUrl(text);
      if (address === null) skipped.push({ line, reason: 'invalid' });
      else if (await isBlocked(ctx, address)) skipped.push({ line, reason: 'blocked_target' });
      else lines.push({ line, address });
    }),
  );
  return { lines: lines.sort((a, b) => a.line - b.line), skipped };
}

async function isBlocked(ctx: Context, { host, port }: ProxyAddress): Promise<boolean> {
  try {
    await ctx.egress.assertAllowed(`http://${host.includes(':') ? `[${host}]` : host}:${port}/`);
    return false;
  } catch (error) {
    if (!isAppError(error) || error.code !== 'blocked_target') throw error;
    return error.details?.['reason'] !== 'unresolvable';
  }
}

function identityOf({ protocol, host, port, username }: Omit<ProxyAddress, 'password'>): string {
  return `${protocol}://${username ?? ''}@${host}:${port}`;
}
