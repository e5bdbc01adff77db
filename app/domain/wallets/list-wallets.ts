import { and, asc, count, eq, ilike, or, sql } from 'drizzle-orm';
import { organizations, wallets } from '../../../db/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Nanos } from '../../lib/money.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { ASIDE_NANOS, toBalance, type WalletBalance } from './get-wallet.ts';
import { listWalletsSchema, type ListWalletsInput } from './schemas.ts';

const PAGE_SIZE = 25;

/** An organization with what it has and owes. */
export interface OrganizationWallet extends WalletBalance {
  organizationId: string;
  name: string;
  slug: string;
  timeZone: string;
}

export interface WalletPage {
  items: OrganizationWallet[];
  total: number;
  page: number;
  pageCount: number;
}

const COLUMNS = {
  wallet: wallets,
  asideNanos: ASIDE_NANOS,
  name: organizations.name,
  slug: organizations.slug,
  timeZone: organizations.timeZone,
};

/** Wallets of all organizations by name; searched by name, address or a member's. For administrators. */
export async function listWallets(ctx: Context, input: ListWalletsInput = {}): Promise<WalletPage> {
  requirePlatformAdmin(ctx);
  const { query, page } = parseInput(listWalletsSchema, input);
  // `%`, `_` and `\` are letters here, not wildcards.
  const pattern = `%${query.replace(/[\\%_]/g, '\\$&')}%`;
  const where = query
    ? or(
        ilike(organizations.name, pattern),
        ilike(organizations.slug, pattern),
        eq(organizations.id, query),
        sql`exists (select 1 from memberships m join users u on u.id = m.user_id
          where m.organization_id = ${organizations.id} and (u.username ilike ${pattern} or u.email ilike ${pattern}))`,
      )
    : undefined;
  const from = () => and(where, eq(wallets.organizationId, organizations.id));
  const [[counted], rows] = await Promise.all([
    ctx.db
      .select({ total: count() })
      .from(wallets)
      .innerJoin(organizations, eq(organizations.id, wallets.organizationId))
      .where(from()),
    ctx.db
      .select(COLUMNS)
      .from(wallets)
      .innerJoin(organizations, eq(organizations.id, wallets.organizationId))
      .where(from())
      .orderBy(asc(organizations.name), asc(organizations.id))
      .limit(PAGE_SIZE)
      .offset((page - 1) * PAGE_SIZE),
  ]);
  const total = counted?.total ?? 0;
  return { items: rows.map(toItem), total, page, pageCount: Math.max(1, Math.ceil(total / PAGE_SIZE)) };
}

/** One organization's wallet. For administrators. @throws AppError `not_found`. */
export async function getWalletOf(
  ctx: Context,
  { organizationId }: { organizationId: string },
): Promise<OrganizationWallet> {
  requirePlatformAdmin(ctx);
  const [row] = await ctx.db
    .select(COLUMNS)
    .from(wallets)
    .innerJoin(organizations, eq(organizations.id, wallets.organizationId))
    .where(eq(wallets.organizationId, organizationId));
  if (!row) throw new AppError('not_found', 'There is no such organization.');
  return toItem(row);
}

function toItem(row: {
  wallet: typeof wallets.$inferSelect;
  asideNanos: Nanos;
  name: string;
  slug: string;
  timeZone: string;
}): OrganizationWallet {
  const { wallet, asideNanos, ...organization } = row;
  return { ...toBalance(wallet, asideNanos), organizationId: wallet.organizationId, ...organization };
}
