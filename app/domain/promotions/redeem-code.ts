import { and, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { promotionalCredits, redeemCodes, type PromotionalCredit } from '../../../db/schema/index.ts';
import type { RateLimit } from '../../infra/store/store.ts';
import { AppError } from '../../lib/app-error.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { hashRedeemCode, normalizeRedeemCode } from '../../lib/redeem-code.ts';
import { appendAuditEvent } from '../audit/index.ts';
import { requireRole, withTransaction, type Context, type UserActor } from '../context.ts';
import { lockWallet } from '../wallets/index.ts';
import { postCredit } from './post-credit.ts';
import { redeemCodeSchema } from './schemas.ts';

const DAY_MS = 86_400_000;
const WINDOW_MS = 15 * 60_000;
const TRIES_PER_ORGANIZATION = 10;
/** Offices share an address, guessers change organizations. */
const TRIES_PER_ADDRESS = 30;

/**
 * Redeems a code for the acting organization, which can redeem each code once.
 * @throws AppError `forbidden`, `rate_limited`, `already_exists` (redeemed before), and `not_found` for
 * codes that are unknown, over, disabled or used up: guessing tells nothing.
 */
export async function redeemCode(ctx: Context, input: { code: string }): Promise<PromotionalCredit> {
  const actor = requireRole(ctx, ['admin', 'billing']);
  const { code: typed } = parseInput(redeemCodeSchema, input);
  await throttle(ctx, actor);
  const code = normalizeRedeemCode(typed);
  if (code === null) throw unknownCode();
  const codeHash = hashRedeemCode(code, ctx.config.secrets.keyPepper);
  return withTransaction(ctx, (tx) => redeem(tx, actor, codeHash));
}

async function redeem(tx: Context, actor: UserActor, codeHash: Buffer): Promise<PromotionalCredit> {
  const { organizationId } = actor;
  // One redemption of an organization at a time, and the wallet before everything else.
  await lockWallet(tx, organizationId);
  const [earlier] = await tx.db
    .select({ id: promotionalCredits.id })
    .from(promotionalCredits)
    .innerJoin(redeemCodes, eq(redeemCodes.id, promotionalCredits.redeemCodeId))
    .where(and(eq(redeemCodes.codeHash, codeHash), eq(promotionalCredits.organizationId, organizationId)));
  if (earlier) {
    throw new AppError('already_exists', 'Your organization has redeemed this code already.', {
      issues: [{ field: 'code', reason: 'already_redeemed' }],
    });
  }
  const now = tx.clock.date();
  const [code] = await tx.db
    .update(redeemCodes)
    .set({ redemptions: sql`${redeemCodes.redemptions} + 1` })
    .where(
      and(
        eq(redeemCodes.codeHash, codeHash),
        eq(redeemCodes.status, 'active'),
        or(isNull(redeemCodes.expiresAt), gt(redeemCodes.expiresAt, now)),
        lt(redeemCodes.redemptions, redeemCodes.maxRedemptions),
      ),
    )
    .returning();
  if (!code) throw unknownCode();
  const credit = await postCredit(tx, {
    organizationId,
    amountNanos: code.amountNanos,
    expiresAt: code.creditDays === null ? null : new Date(now.getTime() + code.creditDays * DAY_MS),
    reason: code.note,
    redeemCodeId: code.id,
    grantedByUserId: actor.userId,
  });
  await appendAuditEvent(tx, {
    organizationId,
    action: 'redeem_code.redeemed',
    subjectId: code.id,
    after: { creditId: credit.id, amountNanos: credit.amountNanos },
  });
  return credit;
}

async function throttle(ctx: Context, actor: UserActor): Promise<void> {
  const limits: RateLimit[] = [
    { key: `redeem:${actor.organizationId}`, limit: TRIES_PER_ORGANIZATION, windowMs: WINDOW_MS },
  ];
  if (ctx.ipAddress) {
    limits.push({ key: `redeem-ip:${ctx.ipAddress}`, limit: TRIES_PER_ADDRESS, windowMs: WINDOW_MS });
  }
  const { allowed, retryAfterMs } = await ctx.store.rateLimits.take(limits);
  if (allowed) return;
  throw new AppError('rate_limited', 'Too many codes were tried. Wait a little.', {
    retryAfterSeconds: Math.ceil(retryAfterMs / 1000),
  });
}

function unknownCode(): AppError {
  return new AppError('not_found', 'This code cannot be redeemed. Check it, or ask who gave it to you.', {
    issues: [{ field: 'code', reason: 'unknown_code' }],
  });
}
