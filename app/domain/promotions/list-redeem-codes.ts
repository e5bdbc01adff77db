import { count, desc, eq } from 'drizzle-orm';
import { organizations, promotionalCredits, redeemCodes, type RedeemCode } from '../../../db/schema/index.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { pageSchema, redeemCodeIdSchema } from './schemas.ts';

const PAGE_SIZE = 50;

export interface RedeemCodeView extends Omit<RedeemCode, 'codeHash'> {
  /** Whether it can be redeemed now, else why not. */
  state: 'active' | 'disabled' | 'expired' | 'used_up';
}

export interface RedeemCodePage {
  items: RedeemCodeView[];
  page: number;
  pageCount: number;
}

function stateOf(code: RedeemCode, nowMs: number): RedeemCodeView['state'] {
  if (code.status === 'disabled') return 'disabled';
  if (code.expiresAt && code.expiresAt.getTime() <= nowMs) return 'expired';
  return code.redemptions >= code.maxRedemptions ? 'used_up' : 'active';
}

/** Every code, the newest first. For administrators. */
export async function listRedeemCodes(ctx: Context, input: { page?: number } = {}): Promise<RedeemCodePage> {
  requirePlatformAdmin(ctx);
  const { page } = parseInput(pageSchema, input);
  const [[counted], codes] = await Promise.all([
    ctx.db.select({ total: count() }).from(redeemCodes),
    ctx.db
      .select()
      .from(redeemCodes)
      .orderBy(desc(redeemCodes.id))
      .limit(PAGE_SIZE)
      .offset((page - 1) * PAGE_SIZE),
  ]);
  const items = codes.map((code) => {
    const { codeHash: _codeHash, ...view } = code;
    return { ...view, state: stateOf(code, ctx.clock.now()) };
  });
  return { items, page, pageCount: Math.max(1, Math.ceil((counted?.total ?? 0) / PAGE_SIZE)) };
}

export interface Redemption {
  creditId: string;
  organizationId: string;
  organizationName: string;
  remainingNanos: Nanos;
  redeemedAt: Date;
}

/** Who redeemed a code, the latest first. For administrators. */
export async function listRedemptions(ctx: Context, input: { redeemCodeId: string }): Promise<Redemption[]> {
  requirePlatformAdmin(ctx);
  const { redeemCodeId } = parseInput(redeemCodeIdSchema, input);
  return ctx.db
    .select({
      creditId: promotionalCredits.id,
      organizationId: promotionalCredits.organizationId,
      organizationName: organizations.name,
      remainingNanos: promotionalCredits.remainingNanos,
      redeemedAt: promotionalCredits.createdAt,
    })
    .from(promotionalCredits)
    .innerJoin(organizations, eq(organizations.id, promotionalCredits.organizationId))
    .where(eq(promotionalCredits.redeemCodeId, redeemCodeId))
    .orderBy(desc(promotionalCredits.id))
    .limit(500);
}
