import { and, desc, eq, gt } from 'drizzle-orm';
import { conversations } from '../../../db/schema/index.ts';
import { parseInput } from '../../lib/parse-input.ts';
import { requireOrganization, type OrganizationContext } from '../context.ts';
import { toConversationView, type ConversationView } from './conversation-view.ts';
import { withService } from './find-conversation.ts';
import { listConversationsSchema, type ListConversationsInput } from './schemas.ts';

export interface ConversationPage {
  items: ConversationView[];
  total: number;
  page: number;
  pageCount: number;
}

/** Conversations of the acting organization, the last used first. */
export async function listConversations(
  ctx: OrganizationContext,
  input: ListConversationsInput = {},
): Promise<ConversationPage> {
  const organizationId = requireOrganization(ctx);
  const { limit, page, serviceIds } = parseInput(listConversationsSchema, input);
  const live = and(
    eq(conversations.organizationId, organizationId),
    gt(conversations.expiresAt, ctx.clock.date()),
    withService(serviceIds),
  );
  const [rows, total] = await Promise.all([
    ctx.db
      .select()
      .from(conversations)
      .where(live)
      .orderBy(desc(conversations.updatedAt), desc(conversations.id))
      .limit(limit)
      .offset((page - 1) * limit),
    ctx.db.$count(conversations, live),
  ]);
  return {
    items: rows.map((row) => toConversationView(ctx.keyring, row)),
    total,
    page,
    pageCount: Math.max(1, Math.ceil(total / limit)),
  };
}
