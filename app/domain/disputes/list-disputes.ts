import { and, eq } from 'drizzle-orm';
import { disputes } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import type { Context } from '../context.ts';
import { findDisputes, ownedBy, type DisputeView } from './dispute-view.ts';
import { listDisputesSchema, type ListDisputesInput } from './schemas.ts';

export interface DisputePage {
  items: DisputeView[];
  total: number;
  page: number;
  pageCount: number;
}

/** Disputes of this side, newest first. */
export async function listDisputes(ctx: Context, input: ListDisputesInput): Promise<DisputePage> {
  const { perspective, status, page, limit } = parseInput(listDisputesSchema, input);
  const where = and(ownedBy(ctx, perspective), status ? eq(disputes.status, status) : undefined);
  const [items, total] = await Promise.all([
    findDisputes(ctx, where, { limit, offset: (page - 1) * limit }),
    ctx.db.$count(disputes, where),
  ]);
  return { items, total, page, pageCount: Math.max(1, Math.ceil(total / limit)) };
}
