import { count, desc, ilike, or } from 'drizzle-orm';
import { users } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requirePlatformAdmin, type Context } from '../context.ts';
import { listUsersSchema, type ListUsersInput } from './schemas.ts';
import { PUBLIC_USER_COLUMNS, type PublicUser } from './user-view.ts';

const PAGE_SIZE = 25;

export interface UserPage {
  items: PublicUser[];
  total: number;
  page: number;
  pageCount: number;
}

/** Everyone, the newest first. For platform administrators. */
export async function listUsers(ctx: Context, input: ListUsersInput = {}): Promise<UserPage> {
  requirePlatformAdmin(ctx);
  const { query, page } = parseInput(listUsersSchema, input);
  // `%`, `_` and `\` are letters here, not wildcards.
  const pattern = query ? `%${query.replace(/[\\%_]/g, '\\$&')}%` : null;
  const where = pattern
    ? or(ilike(users.username, pattern), ilike(users.displayName, pattern), ilike(users.email, pattern))
    : undefined;
  const [[counted], items] = await Promise.all([
    ctx.db.select({ total: count() }).from(users).where(where),
    ctx.db
      .select(PUBLIC_USER_COLUMNS)
      .from(users)
      .where(where)
      .orderBy(desc(users.createdAt), desc(users.id))
      .limit(PAGE_SIZE)
      .offset((page - 1) * PAGE_SIZE),
  ]);
  const total = counted?.total ?? 0;
  return { items, total, page, pageCount: Math.max(1, Math.ceil(total / PAGE_SIZE)) };
}
